// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace nova::zone {

/// Tells systemd that the daemon works, as long as those who work answer; a thread of its own, so that whom
/// it asks holds up nobody else. What does not answer is noticed by the missing word, by systemd.
class Watchdog {
 public:
  struct Calls {
    std::function<bool()> is_alive;  ///< asks them; may block, and then no word comes
    std::function<void()> tell;      ///< says so: tell_systemd() but for tests
  };

  /// @param pace from one question to the next; nothing: nobody wants to know, and nobody is asked
  Watchdog(std::optional<std::chrono::microseconds> pace, Calls calls);
  /// Waits for the answer to the question under way.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run(std::chrono::microseconds pace);

  Calls calls_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

/// How often to ask so that WatchdogSec= of the unit is met even if one question fails; nothing without it.
std::optional<std::chrono::microseconds> watchdog_pace();
/// WATCHDOG=1.
void tell_systemd();

}  // namespace nova::zone
