// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"

namespace nova::ca {

inline constexpr Millis ca_life{std::chrono::hours{24 * 3650}};
inline constexpr Millis default_host_life{std::chrono::hours{24 * 30}};
inline constexpr Millis default_server_life{std::chrono::hours{24 * 90}};

/// Who a host's certificate says it is: SAN dNSName = name, SAN URI = "urn:uuid:<host id>".
struct HostIdentity {
  Uuid id;  ///< nil where an operator's own CA put none into the certificate: then the name alone speaks
  std::string name;
  std::string serial;       ///< lower-case hex, for revocation
  std::string fingerprint;  ///< SHA-256 of the key
  WallTime not_after;
};

/// A certificate that a host has been given.
struct IssuedCertificate {
  std::string pem;
  std::string serial;
  WallTime not_after;
};

/// The zone's certificate authority (OpenSSL). Its directory (0700) holds ca.key (0600), ca.crt, server.key,
/// server.crt, and previous-*.crt: former CAs that are still believed. Constant after open(), so that any
/// thread may sign. What writes files takes a lock on the directory: a daemon and a command may do so at
/// once.
class Authority {
 public:
  /// Opens the CA in a directory, or makes it, durably.
  static Result<Authority> open(const std::filesystem::path& directory, const std::string& zone_name,
                                WallTime now);
  /// Reads the directory again, where root may have replaced the CA or taken a former one away. Makes
  /// nothing.
  Result<Authority> reopen() const;
  /// Puts a new CA in the place of the one in the directory, which stays believed until it ends. Hosts learn
  /// the new one when they renew.
  /// The front goes on with a certificate of the old one until that is due: by then every host knows both.
  /// A daemon that runs meanwhile signs with the old one until it calls reopen().
  static Result<Authority> replace(const std::filesystem::path& directory, const std::string& zone_name,
                                   WallTime now);

  /// Signs a request (PEM, PKCS#10) for one host; everything the request claims but its key is ignored.
  Result<IssuedCertificate> sign(const std::string& csr_pem, const Uuid& host, const std::string& name,
                                 Millis life, WallTime now) const;
  /// The server's certificate for the front, in server.crt and server.key: made when there is none, when two
  /// thirds of its life are over, when the names changed, or when its CA is believed no more. One of a former
  /// CA, which hosts may know alone, stays until it is due.
  /// @param names host names and addresses, at least one
  /// @return whether it was made: the front has to read it again
  Result<bool> ensure_server_certificate(const std::vector<std::string>& names, Millis life,
                                         WallTime now) const;
  /// Ends the belief in former CAs of which no certificate can be valid any more: of the server's, of hosts'
  /// by the store's word, and by the longest life of any, in case the store has forgotten some.
  /// @param last_end when the last of the host certificates ends that were given out until a moment
  /// @return whether one was dropped: reopen()
  Result<bool> drop_former(Millis longest_life, const std::function<Result<WallTime>(WallTime)>& last_end,
                           WallTime now) const;

  /// The CA's certificate (PEM).
  std::string ca_pem() const { return certificate_.to_pem(); }
  /// Every CA that is believed now, this one first (PEM): for the front's ssl_client_certificate and for
  /// hosts.
  std::string bundle_pem(WallTime now) const;

 private:
  /// A former CA, in a file of its own.
  struct Former {
    pki::Certificate certificate;
    std::filesystem::path file;
  };
  Authority(std::filesystem::path directory, pki::Key key, pki::Certificate certificate,
            std::vector<Former> previous);
  static Result<Authority> read(const std::filesystem::path& directory);
  static Result<std::vector<Former>> read_former(const std::filesystem::path& directory);
  static Result<Authority> open_locked(const std::filesystem::path& directory, const std::string& zone_name,
                                       WallTime now);
  WallTime superseded(const Former& former) const;
  Result<void> make_server_certificate(const std::vector<std::string>& names, Millis life,
                                       WallTime now) const;

  std::filesystem::path directory_;
  pki::Key key_;
  pki::Certificate certificate_;
  std::vector<Former> previous_;
};

/// The zone's CA as it is now. Any thread.
class CurrentAuthority {
 public:
  explicit CurrentAuthority(Authority first) : now_(std::make_shared<const Authority>(std::move(first))) {}
  std::shared_ptr<const Authority> get() const {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  void set(Authority next) {
    auto fresh = std::make_shared<const Authority>(std::move(next));
    const std::scoped_lock lock(mutex_);
    now_.swap(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Authority> now_;
};

/// Checks a name for the front's certificate: a host name, the same after "*.", or an IP address.
Result<void> check_server_name(const std::string& name);

/// Reads the identity out of a client's certificate (PEM), whose chain the front has verified already.
Result<HostIdentity> identity_of(const std::string& certificate_pem);
/// The same for a PEM that is percent-encoded, as nginx hands it on ($ssl_client_escaped_cert).
Result<HostIdentity> identity_of_escaped(std::string_view escaped_pem);

}  // namespace nova::ca
