// SPDX-License-Identifier: Apache-2.0
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "rest/admin_commands.hpp"
#include "rest/zone_daemon.hpp"

namespace {

using nova::zone::AdminCommand;

/// What stands on the command line.
struct Options {
  std::string config_file = nova::zone::default_config_file;
  bool check_config = false;
  AdminCommand command;
};

void describe(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("novazoned ") + NOVA_VERSION);
  app.add_option("--config", options.config_file, "Configuration file; drop-ins are in FILE.d/*.conf");
  app.add_flag("--check-config", options.check_config, "Read the configuration, say what is wrong, and end");
  auto& command = options.command;
  app.add_option("--create-token", command.create_token,
                 "Make a token for NAME and print it, this once (see --role)")
      ->type_name("NAME");
  app.add_option("--role", command.role, "Role of the new token: reader, operator or admin")
      ->needs("--create-token");
  app.add_option("--revoke-token", command.revoke_token, "End the token of NAME, within a second")
      ->type_name("NAME");
  app.add_flag("--list-tokens", command.list_tokens, "Show all tokens' names and roles");
  app.add_option("--join-token", command.join_token,
                 "Make a token with which HOST may join within an hour, once, and print it")
      ->type_name("HOST");
  app.add_option("--backup", command.backup, "Copy the store to FILE while the zone runs")->type_name("FILE");
  app.add_option("--restore", command.restore,
                 "Put FILE, made by --backup, in the place of the store of a zone that is stopped")
      ->type_name("FILE");
  app.add_flag("--replace-ca", command.replace_ca,
               "Make a new CA; the former one stays believed, and hosts learn the new one as they renew");
  app.footer("Without any of these it serves the zone (see novazoned.service).");
}

int complain(const nova::Error& error, int code = EXIT_FAILURE) {
  std::fprintf(stderr, "novazoned: %s\n", error.message.c_str());
  return code;
}

int run(const Options& options) {
  const auto config = nova::zone::read_config(options.config_file);
  if (!config) return complain(config.error(), EX_CONFIG);
  if (options.check_config) return std::printf("%s: ok\n", options.config_file.c_str()), EXIT_SUCCESS;
  if (options.command.any()) {
    const auto output = nova::zone::run(options.command, *config, nova::zone::wall_clock());
    if (!output) return complain(output.error());
    std::fputs(output->c_str(), stdout);
    return 0;
  }
  const auto served = nova::zone::serve(*config);
  return served ? 0 : complain(served.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("The REST API of a zone of Nova services", "novazoned");
    Options options;
    describe(app, options);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? EXIT_SUCCESS : EX_USAGE;  // help and version come this way too
    }
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "novazoned: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
