// SPDX-License-Identifier: Apache-2.0
// host_simulator: hosts that a zone cannot tell from real ones. Lines on standard input:
//   change HOST SERVICE     that unit gets another main PID; answered by "changed HOST SERVICE NANOSECONDS"
//                           (CLOCK_MONOTONIC, before it was told to the link)
//   pause HOST ACTOR REASON PAUSE at that host's bus; answered by "paused HOST HOLD-ID"
// Standard output has "joined" once all hosts are connected, and a line of JSON each second. It ends at the
// end of its input, on SIGTERM, or after --seconds.
#include <signal.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "tests/support/simulator/fleet.hpp"

namespace {

using nova::simulator::Fleet;
using nova::simulator::FleetSettings;

constexpr std::uint64_t tick_us = 20'000;  // changes are spread over the second

long long monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

struct Run {
  sd_event* loop = nullptr;
  Fleet* fleet = nullptr;
  double rate = 0;  // changes a second
  double due = 0;
  int seconds = 0;  // 0: no end
  bool joined = false;
  std::uint64_t ticks = 0;
  std::string input;
};

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void report(const Run& run) {
  const auto count = run.fleet->count();
  std::string trouble;
  for (const char c : count.trouble.substr(0, 200))
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' ') trouble += c;
  say("{\"connected\": " + std::to_string(count.connected) + ", \"hosts\": " +
      std::to_string(run.fleet->size()) + ", \"changes\": " + std::to_string(count.changes) +
      ", \"troubles\": " + std::to_string(count.troubles) + ", \"trouble\": \"" + trouble + "\"}");
}

int on_tick(sd_event_source* source, std::uint64_t, void* data) {
  auto& run = *static_cast<Run*>(data);
  ++run.ticks;
  for (run.due += run.joined ? run.rate * tick_us / 1e6 : 0; run.due >= 1; run.due -= 1)
    run.fleet->change_any();
  if (!run.joined && run.fleet->count().connected == run.fleet->size()) {
    run.joined = true;
    say("joined");
  }
  const bool full_second = run.ticks % (1'000'000 / tick_us) == 0;
  if (full_second) report(run);
  if (run.seconds > 0 && run.ticks >= static_cast<std::uint64_t>(run.seconds) * 1'000'000 / tick_us)
    return sd_event_exit(run.loop, 0);
  sd_event_source_set_time_relative(source, tick_us);
  return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void obey(Run& run, const std::string& line) {
  std::istringstream words(line);
  std::string verb, actor, reason;
  int host = 0, service = 0;
  words >> verb >> host;
  if (host < 0 || host >= run.fleet->size()) return say("cannot: no such host");
  if (verb == "change" && words >> service && service >= 0 && service < run.fleet->services()) {
    const auto at = monotonic_ns();
    run.fleet->change(host, service);
    say("changed " + std::to_string(host) + " " + std::to_string(service) + " " + std::to_string(at));
  } else if (verb == "pause" && words >> actor && std::getline(words >> std::ws, reason)) {
    say("paused " + std::to_string(host) + " " + run.fleet->pause(host, actor, reason));
  } else {
    say("cannot: change HOST SERVICE, or pause HOST ACTOR REASON");
  }
}

int on_input(sd_event_source*, int fd, std::uint32_t, void* data) {
  auto& run = *static_cast<Run*>(data);
  std::array<char, 4096> chunk;
  const auto size = read(fd, chunk.data(), chunk.size());
  if (size <= 0) return sd_event_exit(run.loop, 0);
  run.input.append(chunk.data(), static_cast<std::size_t>(size));
  for (auto end = run.input.find('\n'); end != std::string::npos; end = run.input.find('\n')) {
    obey(run, run.input.substr(0, end));
    run.input.erase(0, end + 1);
  }
  return 0;
}

/// Two connections for each host.
void allow_many_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  FleetSettings settings;
  Run run;
  CLI::App app{"Simulated hosts for a zone, speaking the real protocol"};
  app.add_option("--url", settings.urls, "the zone; may repeat")->required();
  app.add_option("--ca", settings.ca, "CA file of the zone");
  app.add_option("--certificates", settings.certificates, "folder with NAME.crt and NAME.key of each host");
  app.add_option("--prefix", settings.prefix, "of the hosts' names")->capture_default_str();
  app.add_option("--hosts", settings.hosts)->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--services", settings.services, "of each host")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--changes", run.rate, "of units, in all, each second once all have joined");
  app.add_option("--seconds", run.seconds, "ends after so long");
  CLI11_PARSE(app, argc, argv);

  allow_many_files();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  sd_event_default(&run.loop);
  sd_event_add_signal(run.loop, nullptr, SIGTERM, nullptr, nullptr);
  sd_event_add_signal(run.loop, nullptr, SIGINT, nullptr, nullptr);
  {
    Fleet fleet(run.loop, settings);
    run.fleet = &fleet;
    sd_event_add_time_relative(run.loop, nullptr, CLOCK_MONOTONIC, tick_us, 1'000, on_tick, &run);
    // A file or /dev/null cannot be waited for; then only time or a signal ends it.
    sd_event_add_io(run.loop, nullptr, STDIN_FILENO, EPOLLIN, on_input, &run);
    sd_event_loop(run.loop);
    report(run);
  }
  sd_event_unref(run.loop);
  return 0;
}
