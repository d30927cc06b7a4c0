// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/host/unit_names.hpp"

namespace nova {

/// novahostd.conf and its drop-ins, decoded. The keys are documented in novahostd.conf(5).
struct HostConfig {
  std::string nova_host;                    ///< [Host] NovaHost=, default: the host name
  bool require_reason = false;              ///< [Host] RequireReason=
  std::vector<host::UnitPattern> patterns;  ///< [Host] Pattern=GLOB BINARY [controllable]
  std::vector<std::string> exclusions;      ///< [Host] Exclude=GLOB…
  std::vector<std::string> zone_urls;       ///< [Zone] URL=
  std::filesystem::path ca_file;            ///< [Zone] CAFile=, besides those of the enrolment
  std::filesystem::path certificate_file;   ///< [Zone] CertificateFile=, default: that of the enrolment
  std::filesystem::path key_file;           ///< [Zone] KeyFile=, likewise
  bool journal_excerpts = true;             ///< [Zone] JournalExcerpts=
};

/// Reads and checks everything; an error names file and line, and the fix.
/// @param file usually /etc/novahost/novahostd.conf; its drop-ins are in FILE.d
/// @param host_name of this machine, for what is not configured
Result<HostConfig> read_host_config(const std::filesystem::path& file, const std::string& host_name);

}  // namespace nova
