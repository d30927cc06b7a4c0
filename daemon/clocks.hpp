// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <optional>

#include "daemon/host/agent.hpp"

namespace nova {

/// The kernel's clocks, wall and boot. Whether they are synchronised is ClockSync's to say: here they are
/// not.
Now read_clocks();

/// Calls one function after a while; another one takes its place.
class Later {
 public:
  explicit Later(sd_event* loop) : loop_(loop) {}
  ~Later() { forget(); }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  void call(Millis time, std::function<void()> then);
  void forget();

 private:
  static int on_timer(sd_event_source*, std::uint64_t, void* self);

  sd_event* loop_;
  sd_event_source* source_ = nullptr;
  std::function<void()> then_;
};

/// Calls the agent's tick() when it is due: at the next `until` by the wall clock (also after the clock was
/// set), at the next deadline by the boot clock. Where an `until` has passed by a clock that is not
/// synchronised, or the disk refused, it looks again every 30 s: the kernel tells nobody when its clock
/// becomes synchronised, so that is the most by which a hold ends late. Nothing wakes up while nothing is
/// due.
class Ticker final : public host::Listener {
 public:
  struct Complaints {
    std::function<void(const Error&)> failed;  ///< tick() could not write
    std::function<void()> not_synchronised;    ///< once for each time that an `until` has to wait for it
  };

  struct Clock {
    std::function<Now()> now;
    /// At this moment; nothing where it has been asked for: look() is to be called with the answer.
    std::function<std::optional<bool>()> is_synchronised;
  };

  /// @param patience until it looks again
  Ticker(sd_event* loop, host::Agent& agent, Clock clock, Complaints complaints,
         Millis patience = Millis{30'000});
  ~Ticker() override;
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Looks at the clock after the present event.
  void look() { schedule(); }
  void changed(const host::Changes&) override { schedule(); }
  void acted(const Action&) override { schedule(); }

 private:
  static int on_timer(sd_event_source*, std::uint64_t, void* self);
  static int on_turn(sd_event_source*, void* self);
  void schedule();
  void turn();
  void arm(sd_event_source*& source, clockid_t clock, std::uint64_t microseconds);

  sd_event* loop_;
  host::Agent& agent_;
  Clock clock_;
  Complaints complaints_;
  Millis patience_;
  sd_event_source* turn_ = nullptr;      // one call after the present event
  sd_event_source* until_ = nullptr;     // wall clock
  sd_event_source* deadline_ = nullptr;  // boot clock
  sd_event_source* again_ = nullptr;     // boot clock: clock or disk were not fit
  bool complained_ = false;
};

}  // namespace nova
