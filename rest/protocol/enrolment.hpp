// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "model/error.hpp"
#include "model/uuid.hpp"

namespace nova::protocol {

/// The largest body of an enrolment or a renewal, in bytes.
inline constexpr std::size_t max_enrolment_body = 64 * 1024;

/// POST /federation/v1/enrol: a join token traded for a certificate.
struct EnrolRequest {
  std::string token;
  std::string name;      ///< NovaHost= of the host
  Uuid host;             ///< the id that the host has given itself
  bool keep_id = false;  ///< the host has holds under this id: refuse rather than give it another
  std::string csr;       ///< PEM
  bool operator==(const EnrolRequest&) const = default;
};

/// POST /federation/v1/renew, with the present certificate.
struct RenewRequest {
  std::string csr;  ///< PEM
  bool operator==(const RenewRequest&) const = default;
};

/// The answer to both.
struct CertificateAnswer {
  Uuid host;                ///< the id to adopt, in the certificate as well
  std::string certificate;  ///< PEM
  std::string ca;           ///< PEM: every CA of the zone that is valid now
  bool operator==(const CertificateAnswer&) const = default;
};

// JSON of the above. Unknown fields are ignored, as everywhere between host and zone; an error names the
// field.
std::string encode(const EnrolRequest&);
std::string encode(const RenewRequest&);
std::string encode(const CertificateAnswer&);
Result<EnrolRequest> decode_enrol_request(std::string_view text);
Result<RenewRequest> decode_renew_request(std::string_view text);
Result<CertificateAnswer> decode_certificate_answer(std::string_view text);

}  // namespace nova::protocol
