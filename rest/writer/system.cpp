// SPDX-License-Identifier: Apache-2.0
#include <sys/timex.h>

#include <ctime>
#include <fstream>
#include <random>

#include "rest/writer/zone_writer.hpp"

namespace nova::writer {
namespace {

Millis read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds{time.tv_sec} +
                                            std::chrono::nanoseconds{time.tv_nsec});
}

double random_part() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(generator);
}

}  // namespace

Now system_now() {
  timex state{};
  const bool synchronised = adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  return {.wall = WallTime{read_clock(CLOCK_REALTIME)},
          .boot = BootTime{read_clock(CLOCK_BOOTTIME)},
          .synchronised = synchronised};
}

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

Options default_options(std::string name) {
  return {.name = std::move(name),
          .clock = system_now,
          .new_id = random_uuid,
          .jitter = random_part,
          .note = [](const zone::Note&) {}};
}

}  // namespace nova::writer
