// SPDX-License-Identifier: Apache-2.0
// The adapter to systemd as a program, for the stories in tests/host.
//
//   unit_watch                      prints {"units": […], "counters": {…}} at every change;
//                                   at SIGUSR1 prints {"counters": {…}}
//   unit_watch VERB UNIT [MILLIS]   start, stop, restart, suspend or thaw, at most MILLIS from now;
//                                   prints {"result": "done"} or {"error": WORD, "message": …}
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "daemon/systemd/control.hpp"
#include "daemon/systemd/watcher.hpp"

namespace {

using nlohmann::json;
using namespace nova;

json to_json(const host::FoundUnit& unit) {
  const UnitFacts& facts = unit.facts;
  return {{"name", facts.name},
          {"binary", unit.binary},
          {"instance", unit.instance},
          {"load_state", facts.load_state},
          {"active_state", facts.active_state},
          {"sub_state", facts.sub_state},
          {"unit_file_state", facts.unit_file_state},
          {"freezer_state", facts.freezer_state},
          {"result", facts.result},
          {"invocation_id", facts.invocation_id},
          {"main_pid", facts.main_pid},
          {"restarts", facts.restarts},
          {"aliases", facts.aliases},
          {"payload_elsewhere", facts.payload_elsewhere}};
}

json to_json(const systemd::Watcher::Counters& counters) {
  return {{"signals", counters.signals},
          {"lists", counters.lists},
          {"reads", counters.reads},
          {"decoded", counters.decoded},
          {"deliveries", counters.deliveries}};
}

BootTime boot_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime{std::chrono::duration_cast<Millis>(std::chrono::seconds{now.tv_sec} +
                                                     std::chrono::nanoseconds{now.tv_nsec})};
}

struct Program {
  sd_event* loop = nullptr;
  sd_bus* bus = nullptr;
  host::UnitNames names;
  std::unique_ptr<systemd::Watcher> watcher;
  std::unique_ptr<systemd::Control> control;

  void print(json line) const {
    line["counters"] = to_json(watcher->counters());
    std::cout << line.dump() << std::endl;
  }
  void watch() {
    watcher = std::make_unique<systemd::Watcher>(
        bus, loop, names,
        [this](const std::vector<host::FoundUnit>& units) {
          json line{{"units", json::array()}};
          for (const auto& unit : units) line["units"].push_back(to_json(unit));
          print(std::move(line));
        },
        [](const Error& error) { std::cerr << error.message << std::endl; });
  }
  void perform(const std::string& verb, const std::string& unit, Millis time) {
    control = std::make_unique<systemd::Control>(
        bus, systemd::Control::Ports{.now = boot_now, .refresh = [this](const auto& name, auto seen) {
                                       watcher->refresh(name, std::move(seen));
                                     }});
    const auto done = [this](const Result<void>& result) {
      print(result ? json{{"result", "done"}}
                   : json{{"error", to_string(result.error().code)}, {"message", result.error().message}});
      sd_event_exit(loop, result ? 0 : 1);
    };
    if (verb == "thaw") return control->thaw(unit, done);
    if (unit.ends_with(".target")) return control->set_target(unit, verb == "start", done);
    control->perform({parse_verb(verb).value(), unit, boot_now() + time}, done);
  }
};

int print_counters(sd_event_source*, const signalfd_siginfo*, void* data) {
  static_cast<Program*>(data)->print(json::object());
  return 0;
}

void must(int r, const char* what) {
  if (r >= 0) return;
  std::cerr << "cannot " << what << ": " << std::strerror(-r) << std::endl;
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, nullptr);

  Program program;
  must(sd_event_default(&program.loop), "make a loop");
  must(sd_bus_open_system(&program.bus), "reach the system bus");
  must(sd_bus_set_exit_on_disconnect(program.bus, 1), "exit with the bus");
  must(sd_bus_attach_event(program.bus, program.loop, 0), "attach the bus");
  must(sd_event_add_signal(program.loop, nullptr, SIGUSR1, print_counters, &program), "await SIGUSR1");
  program.watch();
  if (!program.watcher->start()) return 2;
  if (argc >= 3) program.perform(argv[1], argv[2], Millis{argc > 3 ? std::atol(argv[3]) : 60'000});
  const int code = sd_event_loop(program.loop);
  program.control.reset();
  program.watcher.reset();
  sd_bus_flush_close_unref(program.bus);
  sd_event_unref(program.loop);
  return code < 0 ? 2 : code;
}
