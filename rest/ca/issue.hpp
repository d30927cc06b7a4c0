// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"

namespace nova::ca {

/// What a certificate shall say.
struct Contents {
  std::string common_name;        ///< for people; cut to 64 characters
  std::string alternative_names;  ///< OpenSSL's form, "DNS:compute1,URI:urn:uuid:…"; empty for a CA
  std::string usage;              ///< "clientAuth" or "serverAuth"; empty for a CA
  WallTime not_before;
  WallTime not_after;
};

/// How far a peer's clock may be behind ours: certificates are dated back so much, as far as their life
/// allows.
inline constexpr Millis clock_tolerance{std::chrono::minutes{5}};

/// A certificate that signs itself, allowed to sign others and revocation lists.
Result<pki::Certificate> issue_ca(const pki::Key& key, const Contents& contents);
/// A certificate for `key`, signed by the CA, with a random serial of 128 bits.
Result<pki::Certificate> issue_leaf(const pki::Key& key, const Contents& contents, const pki::Certificate& ca,
                                    const pki::Key& ca_key);

}  // namespace nova::ca
