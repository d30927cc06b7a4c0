// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "rest/ca/authority.hpp"
#include "rest/config.hpp"
#include "rest/settled_names.hpp"

namespace nova::zone {

/// What the front's nginx is told.
struct FrontSettings {
  std::filesystem::path directory;    ///< /run/novazone/front: configuration, certificates, cache
  std::vector<std::string> listen;    ///< "0.0.0.0:8790", "[::]:8790"
  std::uint16_t backend_port = 8791;  ///< the REST door's; bodies go to the next one
  unsigned workers = 1;
  std::string secret;    ///< what the REST door asks of every request
  bool as_root = false;  ///< started by root: its workers must stay root to read our files
};

/// nginx.conf for the settings. Each line that guards the server library says so.
std::string front_configuration(const FrontSettings& settings);

/// This machine's name and addresses, for the server's certificate. Asks no name server.
std::vector<std::string> names_of_this_machine();

/// The zone's own front, as far as files and signals go; systemd starts and stops it. One thread.
class Front {
 public:
  /// Checks that the address and port are free, makes the directories and a new secret, and writes nginx's
  /// configuration. Errc::unavailable for a port that is taken.
  static Result<Front> prepare(const Config& config, const ca::Authority& authority, WallTime now);

  /// Brings the certificates up to date and tells a running nginx. To be called every minute or so: the
  /// server's certificate runs out, the machine's addresses change, and so may the CA.
  Result<void> refresh(const ca::Authority& authority, WallTime now);

  const std::string& secret() const { return settings_.secret; }
  std::filesystem::path cache() const { return settings_.directory / "cache"; }

 private:
  Front(const Config& config, FrontSettings settings)
      : config_(config), settings_(std::move(settings)), machine_(names_of_this_machine()) {}
  Result<bool> write_certificates(const ca::Authority& authority, WallTime now);
  void signal_nginx() const;

  Config config_;
  FrontSettings settings_;
  SettledNames machine_;
};

/// Writes the zone's CAs to ca.crt in the runtime directory, for everybody to read.
Result<void> publish_ca(const Config& config, const ca::Authority& authority, WallTime now);

}  // namespace nova::zone
