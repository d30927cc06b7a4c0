// SPDX-License-Identifier: Apache-2.0
#include "daemon/command_line.hpp"

#include <getopt.h>

#include <array>
#include <cstdlib>

namespace nova {
namespace {

using Mode = CommandLine::Mode;

constexpr int config_option = 256;
constexpr int join_token_option = 257;
constexpr int first_mode = 512;

constexpr int mode_option(Mode mode) {
  return first_mode + static_cast<int>(mode);
}

constexpr std::array options{
    option{"help", no_argument, nullptr, mode_option(Mode::help)},
    option{"version", no_argument, nullptr, mode_option(Mode::version)},
    option{"config", required_argument, nullptr, config_option},
    option{"check-config", no_argument, nullptr, mode_option(Mode::check_config)},
    option{"polkit-rule", no_argument, nullptr, mode_option(Mode::polkit_rule)},
    option{"forget-holds", no_argument, nullptr, mode_option(Mode::forget_holds)},
    option{"enrol", no_argument, nullptr, mode_option(Mode::enrol)},
    option{"join-token-file", required_argument, nullptr, join_token_option},
    option{"unit-pause", required_argument, nullptr, mode_option(Mode::unit_pause)},
    option{"unit-resume", required_argument, nullptr, mode_option(Mode::unit_resume)},
    option{nullptr, 0, nullptr, 0},
};

std::unexpected<Error> refuse(const std::string& why) {
  return fail(Errc::invalid_argument, why + "; see novahostd --help");
}

}  // namespace

Result<CommandLine> parse_command_line(int count, char** words) {
  CommandLine line;
  const char* state = std::getenv("STATE_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): before any thread
  line.state = state && *state ? state : "/var/lib/novahost";
  opterr = 0;
  optind = 1;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  for (int got = 0; (got = getopt_long(count, words, "h", options.data(), nullptr)) != -1;) {
    if (got == '?') return refuse(std::string("cannot understand \"") + words[optind - 1] + "\"");
    if (got == 'h') got = mode_option(Mode::help);
    if (got == config_option) {
      line.config = optarg;
    } else if (got == join_token_option) {
      line.join_token_file = optarg;
    } else {
      const auto mode = static_cast<Mode>(got - first_mode);
      if (line.mode != Mode::serve && line.mode != mode) return refuse("cannot do two things at once");
      line.mode = mode;
      if (optarg) line.instance = optarg;
    }
  }
  if (optind < count) return refuse(std::string("cannot understand \"") + words[optind] + "\"");
  if ((line.mode == Mode::enrol) == line.join_token_file.empty())
    return refuse("cannot take only one of --enrol and --join-token-file FILE");
  return line;
}

const char* help_text() {
  return "novahostd shows the Nova services of this host on the system bus, pauses and controls them, and\n"
         "reports to its zone. systemd starts it: systemctl start novahostd\n"
         "\n"
         "  --config FILE        read FILE and FILE.d/*.conf (/etc/novahost/novahostd.conf)\n"
         "  --check-config       read the configuration, say what is wrong, and end\n"
         "  --polkit-rule        print the polkit rule for the units that the configuration adds\n"
         "  --enrol --join-token-file FILE\n"
         "                       join the zone of the configuration: trade the token for a certificate\n"
         "  --forget-holds       begin with no holds where holds.json is lost or broken (it is kept aside)\n"
         "  --unit-pause UNIT, --unit-resume UNIT\n"
         "                       what novahost-pause@UNIT.service runs\n"
         "  --version, --help\n";
}

}  // namespace nova
