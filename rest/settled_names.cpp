// SPDX-License-Identifier: Apache-2.0
#include "rest/settled_names.hpp"

#include <algorithm>

namespace nova::zone {

const std::vector<std::string>& SettledNames::look(const std::vector<std::string>& present, WallTime now) {
  std::erase_if(since_,
                [&](const auto& known) { return std::ranges::find(present, known.first) == present.end(); });
  bool more = false;
  for (const std::string& name : present) {
    const WallTime since = since_.try_emplace(name, now).first->second;
    more = more || (now - since >= settled_after && std::ranges::find(names_, name) == names_.end());
  }
  if (!more) return names_;
  std::vector<std::string> settled;
  for (const std::string& name : present)
    if (now - since_[name] >= settled_after || std::ranges::find(names_, name) != names_.end())
      settled.push_back(name);
  names_ = std::move(settled);
  return names_;
}

}  // namespace nova::zone
