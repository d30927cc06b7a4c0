// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "model/error.hpp"

namespace nova {

/// What novahostd was started to do.
struct CommandLine {
  enum class Mode {
    serve,
    help,
    version,
    check_config,
    polkit_rule,
    forget_holds,
    enrol,
    unit_pause,
    unit_resume
  };
  Mode mode = Mode::serve;
  std::filesystem::path config = "/etc/novahost/novahostd.conf";
  std::filesystem::path state;  ///< $STATE_DIRECTORY, or /var/lib/novahost
  std::filesystem::path join_token_file;
  std::string instance;  ///< of novahost-pause@
};

/// Errc::invalid_argument names the option and what to write.
Result<CommandLine> parse_command_line(int count, char** words);

/// The text of --help.
const char* help_text();

}  // namespace nova
