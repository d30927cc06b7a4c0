// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/time.hpp"
#include "model/uuid.hpp"
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

/// The right to enrol one host, once.
struct JoinToken {
  std::string hash;  ///< of the token, which is kept nowhere
  std::string host;  ///< the only name it is good for
  std::string created_by;
  WallTime expires;
  std::optional<WallTime> used;
  std::string used_by_key;  ///< digest of the key that it was traded for, or ""
  bool operator==(const JoinToken&) const = default;
};

/// A host's name and the id that belongs to it.
struct Enrolment {
  Uuid host;
  std::string name;
  WallTime since;  ///< of the first enrolment
  bool operator==(const Enrolment&) const = default;
};

/// One certificate given out.
struct HostCertificate {
  std::string serial;
  Uuid host;
  WallTime issued;
  WallTime not_after;
  std::optional<WallTime> revoked;
  bool operator==(const HostCertificate&) const = default;
};

}  // namespace nova::store
