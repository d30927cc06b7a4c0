// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace nova::objects {

/// The names of users, as holds record them. Each is looked up once: where users come from a network, a
/// second request must not wait for it again. One thread.
class UserNames {
 public:
  /// The login name, or "uid 1234" where the machine knows none.
  const std::string& of(uid_t user);

 private:
  std::map<uid_t, std::string> known_;
};

}  // namespace nova::objects
