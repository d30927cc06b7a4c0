// SPDX-License-Identifier: Apache-2.0
// novahostd: the Nova services of one host, on its system bus.
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

#include "daemon/command_line.hpp"
#include "daemon/daemon.hpp"
#include "daemon/enrol.hpp"
#include "daemon/host_facts.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/polkit_rule.hpp"
#include "daemon/unit_door.hpp"
#include "daemon/version.hpp"

namespace nova {
namespace {

constexpr int exit_usage = 64;   // EX_USAGE of sysexits.h
constexpr int exit_data = 65;    // EX_DATAERR: there is no such service, or it cannot be paused
constexpr int exit_config = 78;  // EX_CONFIG: starting again would not help (RestartPreventExitStatus=)
constexpr const char* reasons = "/etc/novahost/pause";

struct FreeLoop {
  void operator()(sd_event* loop) const { sd_event_unref(loop); }
};

int complain(const Error& error, int code) {
  std::fprintf(stderr, "novahostd: %s\n", error.message.c_str());
  return code;
}

int tell(const Result<std::string>& done) {
  if (!done) return complain(done.error(), EXIT_FAILURE);
  std::printf("%s\n", done->c_str());
  return EXIT_SUCCESS;
}

int tell_unit(const Result<std::string>& done) {
  const bool hopeless =
      !done && (done.error().code == Errc::no_such_service || done.error().code == Errc::not_supported);
  return hopeless ? complain(done.error(), exit_data) : tell(done);
}

std::string systemd_version(sd_bus* bus) {
  char* text = nullptr;
  if (sd_bus_get_property_string(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                 "org.freedesktop.systemd1.Manager", "Version", nullptr, &text) < 0)
    return "";
  const std::unique_ptr<char, decltype(&std::free)> owned(text, std::free);
  return text;
}

std::unique_ptr<sd_event, FreeLoop> new_loop() {
  // Signals arrive through the loop; the mask has to be there before anything else starts.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  sd_event* loop = nullptr;
  if (sd_event_default(&loop) < 0) throw std::bad_alloc();
  sd_event_set_watchdog(loop, 1);
  return std::unique_ptr<sd_event, FreeLoop>(loop);
}

/// The daemon does not start: the journal says why. What nobody can understand stays so, and only then is
/// starting again of no use.
int refuse_to_start(const Error& error) {
  Journal().write(LOG_ERR, message::cannot_start, error.message);
  sd_notifyf(0, "STATUS=%s", error.message.c_str());
  return error.code == Errc::invalid_argument ? exit_config : EXIT_FAILURE;
}

int serve(const CommandLine& line, const HostConfig& config) {
  auto disk = store::open_disk(line.state);
  if (!disk) return refuse_to_start(disk.error());
  const auto store = store::FileStore::open(std::move(*disk), read_clocks().wall, random_uuid);
  if (!store) return refuse_to_start(store.error());
  auto saved = (*store)->load();
  if (!saved) return refuse_to_start(saved.error());

  const Journal journal;
  if (!(*store)->notice().empty()) journal.write(LOG_WARNING, message::new_host, (*store)->notice());

  const auto loop = new_loop();
  auto connection = objects::Connection::open_system(loop.get());
  if (!connection) return refuse_to_start(connection.error());
  auto info = read_host_info(config.nova_host, systemd_version(connection->raw()));
  Daemon daemon({loop.get(), *connection, **store, config, line.state, journal}, std::move(info),
                std::move(*saved));
  if (const auto started = daemon.start(); !started) return refuse_to_start(started.error());
  return sd_event_loop(loop.get());
}

int forget_holds(const CommandLine& line) {
  const auto disk = store::open_disk(line.state);
  if (!disk) return complain(disk.error(), EXIT_FAILURE);
  const auto done = store::FileStore::forget_holds(**disk, read_clocks().wall);
  if (!done) return complain(done.error(), EXIT_FAILURE);
  std::printf("The holds are forgotten; %s\n", done->empty()
                                                   ? "there was no file of them."
                                                   : ("what was there is kept as " + *done + ".").c_str());
  return EXIT_SUCCESS;
}

int run(const CommandLine& line) {
  using Mode = CommandLine::Mode;
  if (line.mode == Mode::help) return std::fputs(help_text(), stdout), EXIT_SUCCESS;
  if (line.mode == Mode::version) return std::printf("novahostd %s\n", version), EXIT_SUCCESS;
  if (line.mode == Mode::unit_pause) return tell_unit(pause_by_unit(line.instance, reasons));
  if (line.mode == Mode::unit_resume) return tell_unit(resume_by_unit(line.instance));
  if (line.mode == Mode::forget_holds) return forget_holds(line);

  const auto config = read_host_config(line.config, host_name());
  if (!config)
    return line.mode == Mode::serve ? refuse_to_start(config.error()) : complain(config.error(), exit_config);
  if (line.mode == Mode::check_config) return std::printf("%s: ok\n", line.config.c_str()), EXIT_SUCCESS;
  if (line.mode == Mode::polkit_rule)
    return std::fputs(polkit_rule_for(config->patterns).c_str(), stdout), EXIT_SUCCESS;
  if (line.mode == Mode::enrol)
    return tell(enrol_host(line.state, line.join_token_file,
                           {.urls = config->zone_urls, .ca_file = config->ca_file, .name = config->nova_host},
                           read_clocks().wall));
  return serve(line, *config);
}

}  // namespace
}  // namespace nova

int main(int count, char** words) {
  try {
    const auto line = nova::parse_command_line(count, words);
    if (!line) return nova::complain(line.error(), nova::exit_usage);
    return nova::run(*line);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "novahostd: cannot go on: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
