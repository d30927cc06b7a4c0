// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"

namespace nova::zone {

/// What stands between the network and the REST door.
enum class FrontMode {
  private_,  ///< an nginx of the zone's own (novazoned-front.service), configured by us
  external,  ///< an operator's proxy, which adds the secret and the identity headers
  none,      ///< nothing: loopback only
};

/// novazoned.conf(5), decoded.
struct Config {
  std::string name = "nova";    ///< [Zone] Name=
  bool require_reason = false;  ///< [Zone] RequireReason=
  std::filesystem::path state_directory = "/var/lib/novazone";
  std::filesystem::path runtime_directory = "/run/novazone";

  FrontMode front = FrontMode::private_;
  std::vector<std::string> addresses;  ///< [Front] Address=; empty: all of the machine's
  std::uint16_t port = 8790;           ///< [Front] Port=
  std::uint16_t backend_port = 8791;   ///< [Front] BackendPort=; the next one is used as well
  std::vector<std::string> names;      ///< [Front] Names=; empty: this machine's names and addresses
  std::filesystem::path certificate;   ///< [Front] CertificateFile=; empty: one of the zone's CA
  std::filesystem::path key;           ///< [Front] KeyFile=
  std::filesystem::path client_ca;     ///< [Front] ClientCAFile=: an operator's CA for hosts
  std::filesystem::path secret_file;   ///< [Front] SecretFile=, of an external front
  bool anonymous = false;              ///< [Front] Anonymous=, with Mode=none only

  Millis certificate_life{std::chrono::hours{24 * 30}};  ///< [Hosts] CertificateLife=
  Millis server_life{std::chrono::hours{24 * 90}};       ///< [Front] CertificateLife=
};

inline constexpr const char* default_config_file = "/etc/novazone/novazoned.conf";

/// Reads the file and its drop-ins. Whatever is unknown, out of bounds or contradicts itself is refused with
/// its file and line. A file that is not there is all defaults.
Result<Config> read_config(const std::filesystem::path& file);

/// Reads a span of time: a whole number and s, min, h or d ("90min", "30d").
Result<Millis> parse_span(const std::string& text);

}  // namespace nova::zone
