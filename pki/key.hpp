// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace nova::pki {

/// A private or public key (OpenSSL's EVP_PKEY), shared by copies. Immutable, so any thread may use it.
class Key {
 public:
  /// A new private key: EC P-256, from the kernel's randomness.
  static Result<Key> generate();
  /// Reads a private key (PEM, without a pass phrase).
  /// @param what names the file in the error
  static Result<Key> from_pem(std::string_view pem, std::string_view what = "the key");
  /// Takes over one reference.
  explicit Key(EVP_PKEY* owned);

  std::string to_pem() const;
  /// SHA-256 of the public part (SubjectPublicKeyInfo), 64 hex digits: equal for a key and its certificate.
  std::string digest() const;
  EVP_PKEY* get() const { return key_.get(); }

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

/// Whether a key is strong enough to be certified, and not absurdly large: EC on P-256, P-384 or P-521,
/// Ed25519, RSA of 2048 to 8192 bits.
Result<void> check_strength(const Key& key);

/// A certificate request (PEM, PKCS#10) signed by the key. The subject is only for people who look at it: the
/// zone takes nothing from it but the key.
Result<std::string> make_request(const Key& key, const std::string& common_name);

/// The key of a request whose own signature proves possession of it; refuses everything else.
/// @param pem at most 16 KiB, exactly one request
Result<Key> key_of_request(std::string_view pem);

/// 256 random bits of the kernel as 64 hex digits.
std::string random_secret();
/// SHA-256 of a text, 64 hex digits: how secrets are stored.
std::string sha256(std::string_view text);

}  // namespace nova::pki
