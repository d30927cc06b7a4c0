// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"
#include "pki/certificate.hpp"

namespace nova::federation {

/// The files of one identity; all in one directory.
struct IdentityFiles {
  std::filesystem::path key;          ///< host.key
  std::filesystem::path certificate;  ///< host.crt
  std::filesystem::path ca;           ///< zone-ca.crt: who may be the zone
};

/// Who this host is to its zone: the key, the certificate made for it and the zone's CA, in one directory
/// (/var/lib/novahost/pki, 0700). A new key and its certificate take the place of the old pair in one step,
/// at whatever moment the machine stops. One process writes at a time.
class Identity {
 public:
  /// Opens the directory, makes it where it is missing, and completes a replacement that was interrupted.
  static Result<Identity> open(const std::filesystem::path& directory);

  /// A request (PEM) for a new certificate, with a new key that waits in the directory: asking again, also
  /// after a crash, uses the same key, so that a repeated enrolment is known as such.
  Result<std::string> request(const std::string& name) const;
  /// Takes the answer: the certificate has to fit the waiting key, name this host, be signed by one of the
  /// CAs and not be over. Durable at return; the former pair is gone. Whatever is refused changes nothing.
  /// @param name the host's; @param host its id
  Result<void> adopt(const std::string& certificate_pem, const std::string& ca_pem, const std::string& name,
                     const Uuid& host, WallTime now) const;

  /// The certificate in use; nothing where the host is not enrolled. Read again from the file at every call.
  Result<std::optional<pki::Certificate>> certificate() const;
  /// Whether the host is enrolled and two thirds of the certificate's life are over.
  bool renewal_due(WallTime now) const;
  IdentityFiles files() const;

 private:
  explicit Identity(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::filesystem::path directory_;
};

}  // namespace nova::federation
