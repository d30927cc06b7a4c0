// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "pki/key.hpp"

namespace nova::pki {

/// An X.509 certificate, shared by copies. Immutable, so any thread may use it.
class Certificate {
 public:
  /// Reads the first certificate of a PEM text of at most 64 KiB.
  static Result<Certificate> from_pem(std::string_view pem, std::string_view what = "the certificate");
  /// Takes over one reference.
  explicit Certificate(X509* owned);

  std::string to_pem() const;
  std::string serial() const;  ///< lower-case hex without leading zeros
  WallTime not_before() const;
  WallTime not_after() const;
  std::vector<std::string> dns_names() const;     ///< of the subject's alternative names
  std::vector<std::string> ip_addresses() const;  ///< likewise, as text
  std::vector<std::string> uris() const;          ///< likewise
  std::string common_name() const;                ///< of the subject, or ""
  std::string key_digest() const;                 ///< Key::digest() of its key
  bool signed_by(const Certificate& issuer) const;
  X509* get() const { return certificate_.get(); }

 private:
  std::shared_ptr<X509> certificate_;
};

/// All certificates of a PEM text, in its order; refuses a text without any.
Result<std::vector<Certificate>> read_bundle(std::string_view pem, std::string_view what = "the CA file");

/// Whether a certificate has to be renewed: two thirds of its life are over, or it is not valid (yet).
bool renewal_due(const Certificate& certificate, WallTime now);
/// The moment at which renewal_due() becomes true.
WallTime renewal_time(const Certificate& certificate);

}  // namespace nova::pki
