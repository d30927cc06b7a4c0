// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "model/time.hpp"
#include "model/uuid.hpp"

/// What is kept of enrolments: the words that the rules of rest/ca and the store have in common.
namespace nova::ca {

/// The right to enrol one host, once.
struct JoinToken {
  std::string hash;  ///< pki::sha256() of the token; the token itself is kept nowhere
  std::string host;  ///< the only name it is good for
  std::string created_by;
  WallTime expires;
  std::optional<WallTime> used;
  std::string used_by_key;  ///< digest of the key that it was traded for, or ""
  bool operator==(const JoinToken&) const = default;
};

/// A name and the host id that belongs to it, until an administrator removes the host.
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

}  // namespace nova::ca
