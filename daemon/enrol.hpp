// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"

namespace nova {

/// What an enrolment needs to know.
struct EnrolOptions {
  std::vector<std::string> urls;        ///< of the zone, tried in order, "https://zone.example:8790"
  std::filesystem::path ca_file;        ///< who may be the zone; empty: the machine's own list of CAs
  std::string token;                    ///< from "novazoned --join-token"
  std::string name;                     ///< NovaHost=
  std::filesystem::path pki_directory;  ///< /var/lib/novahost/pki
  Uuid host;                            ///< the id that this host has given itself
  bool keep_id = false;                 ///< it cannot take another: it has holds, or a daemon works under it
  /// Called, before the certificate is taken, where the zone knows this host's name under another id.
  std::function<Result<void>(const Uuid&)> take_id;
};

/// Trades a join token for a certificate and writes key, certificate and CA. Blocks for the network; for a
/// command line only. Whatever interrupts it, the same call with the same token completes it.
Result<void> enrol(const EnrolOptions& options, WallTime now);

/// `novahostd --enrol`: enrols the host of a state directory. Root turns into the directory's owner first, so
/// that the daemon can read what is written; a daemon that runs meanwhile keeps its id and has to be started
/// again to use the certificate.
/// @param token_file its first line is the token
/// @param options urls, ca_file and name; the rest is found here
/// @return what to tell the administrator
Result<std::string> enrol_host(const std::filesystem::path& state, const std::filesystem::path& token_file,
                               EnrolOptions options, WallTime now);

}  // namespace nova
