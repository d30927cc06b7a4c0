// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/error.hpp"
#include "pki/certificate.hpp"
#include "pki/file.hpp"
#include "pki/key.hpp"

namespace nova::pki {

/// The two files of a key and its certificate, replaced as one whatever moment the machine stops. The key to
/// come waits in "<key>.next"; the certificate written to "<certificate>.next" is the point of no return;
/// recover() does the rest, now or at the next start.
class Pair {
 public:
  Pair(std::filesystem::path key, std::filesystem::path certificate,
       std::optional<Owner> owner = std::nullopt);

  /// Completes a replacement that was interrupted. To be called before anything else at every start.
  Result<void> recover() const;
  /// The key that waits for its certificate: the one on disk, or a new one that is durable at return.
  Result<Key> waiting_key() const;
  /// Puts the waiting key and this certificate in the place of the present pair.
  Result<void> commit(const std::string& certificate_pem, mode_t certificate_mode) const;

  Result<Key> key() const;
  Result<Certificate> certificate() const;
  bool has_key() const;
  bool has_certificate() const;

 private:
  std::filesystem::path key_;
  std::filesystem::path certificate_;
  std::optional<Owner> owner_;
};

}  // namespace nova::pki
