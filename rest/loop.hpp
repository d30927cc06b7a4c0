// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <filesystem>
#include <functional>

namespace nova::zone {

/// The loop of the main thread: signals, the certificates, the front's end. All work is on
/// other threads, which are to be born after it, with its signals blocked.
class Loop {
 public:
  struct Calls {
    std::function<void()> refresh;        ///< every minute, and on SIGHUP
    std::function<void()> answer_parked;  ///< the front is about to end
  };

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// The front's unit makes the file "stopping" in its directory before it ends: from then on, for as long as
  /// that may take, parked requests are answered again and again.
  void watch_front(const std::filesystem::path& directory);
  /// Makes the calls until SIGTERM or SIGINT.
  void run(Calls calls);

 private:
  static int on_hangup(sd_event_source*, const signalfd_siginfo*, void* self);
  static int on_time(sd_event_source* source, std::uint64_t, void* self);
  static int on_front(sd_event_source*, const inotify_event* event, void* self);
  static int on_answer(sd_event_source* source, std::uint64_t, void* self);

  Calls calls_;
  std::filesystem::path front_;
  int answers_left_ = 0;
  sd_event* event_ = nullptr;
  sd_event_source* timer_ = nullptr;
  sd_event_source* inotify_ = nullptr;
  sd_event_source* answer_ = nullptr;
};

}  // namespace nova::zone
