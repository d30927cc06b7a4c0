// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"
#include "rest/ca/records.hpp"

namespace nova::ca {

inline constexpr Millis join_token_life{std::chrono::hours{1}};

/// What is known when a host asks to be enrolled.
struct EnrolmentFacts {
  std::optional<JoinToken> token;    ///< whose hash is that of the token it showed
  std::optional<Enrolment> by_name;  ///< who has the name
  std::optional<Enrolment> by_id;    ///< who has the id that it claims
};

/// A host's request, without its CSR.
struct EnrolmentRequest {
  std::string name;
  Uuid host;             ///< the id that it has given itself
  bool keep_id = false;  ///< it holds services under this id, and must not be given another
  std::string key;       ///< digest of its key
};

/// What is to be done, in one durable step, before the certificate is handed out.
struct EnrolmentPlan {
  Enrolment enrolment;      ///< with the id that the host has to adopt
  bool supersedes = false;  ///< the name was enrolled before: certificates given to it so far are revoked
};

/// Decides an enrolment. A token is for one name, within its hour, and for one key: whoever lost the answer
/// may ask again with the same key. A name that was enrolled before keeps its host id (service ids follow
/// from it), a host id belongs to one name.
Result<EnrolmentPlan> plan_enrolment(const EnrolmentFacts& facts, const EnrolmentRequest& request,
                                     WallTime now);

/// Checks a host name: 1 to 253 of letters, digits, dot, hyphen and underscore; it begins and ends with a
/// letter or digit.
Result<std::string> check_host_name(std::string_view name, std::string_view field = "name");

}  // namespace nova::ca
