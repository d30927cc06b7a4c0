// SPDX-License-Identifier: Apache-2.0
#include "rest/watchdog.hpp"

#include <systemd/sd-daemon.h>

#include <utility>

namespace nova::zone {

Watchdog::Watchdog(std::optional<std::chrono::microseconds> pace, Calls calls) : calls_(std::move(calls)) {
  if (pace) thread_ = std::thread([this, pace = *pace] { run(pace); });
}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run(std::chrono::microseconds pace) {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    if (calls_.is_alive()) calls_.tell();
    lock.lock();
    changed_.wait_for(lock, pace, [this] { return ending_; });
  }
}

std::optional<std::chrono::microseconds> watchdog_pace() {
  std::uint64_t within = 0;
  if (::sd_watchdog_enabled(0, &within) <= 0) return std::nullopt;
  return std::chrono::microseconds(within / 4);
}

void tell_systemd() {
  ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace nova::zone
