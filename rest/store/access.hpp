// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/time.hpp"
#include "model/vocabulary.hpp"

namespace nova::store {

/// An administrator's static token. Only its hash is kept. Tokens are 256 random bits made by us, which
/// nobody can enumerate: a plain SHA-256 is as strong as a slow, salted password hash would be, can be looked
/// up by an index, and costs a microsecond instead of a tenth of a second per request.
struct Token {
  std::string name;  ///< the actor it makes; one valid token per name
  Role role = Role::reader;
  std::string hash;  ///< SHA-256, 64 lower-case hex digits
  WallTime created;
  std::optional<WallTime> revoked;
  bool operator==(const Token&) const = default;
};

}  // namespace nova::store
