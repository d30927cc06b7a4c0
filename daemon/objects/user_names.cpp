// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/user_names.hpp"

#include <pwd.h>

#include <vector>

#include "model/hold.hpp"

namespace nova::objects {

const std::string& UserNames::of(uid_t user) {
  if (const auto found = known_.find(user); found != known_.end()) return found->second;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* result = nullptr;
  std::string name = "uid " + std::to_string(user);
  // A name that no hold can carry is as good as none.
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &result) == 0 && result &&
      check_owner(entry.pw_name))
    name = entry.pw_name;
  return known_.emplace(user, std::move(name)).first->second;
}

}  // namespace nova::objects
