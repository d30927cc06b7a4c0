// SPDX-License-Identifier: Apache-2.0
#include "daemon/clocks.hpp"

#include <algorithm>
#include <ctime>
#include <new>
#include <utility>

namespace nova {
namespace {

constexpr std::uint64_t exact = 1;  // microseconds of accuracy

Millis read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds{time.tv_sec} +
                                            std::chrono::nanoseconds{time.tv_nsec});
}

template <typename Time>
std::uint64_t micros(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count()));
}

}  // namespace

Now read_clocks() {
  return {WallTime{read(CLOCK_REALTIME)}, BootTime{read(CLOCK_BOOTTIME)}, false};
}

void Later::call(Millis time, std::function<void()> then) {
  forget();
  const auto micros = static_cast<std::uint64_t>(std::chrono::microseconds(time).count());
  if (sd_event_add_time_relative(loop_, &source_, CLOCK_MONOTONIC, micros, 0, on_timer, this) < 0)
    throw std::bad_alloc();
  then_ = std::move(then);
}

void Later::forget() {
  source_ = sd_event_source_disable_unref(source_);
  then_ = nullptr;
}

int Later::on_timer(sd_event_source*, std::uint64_t, void* self) {
  auto& later = *static_cast<Later*>(self);
  const auto then = std::exchange(later.then_, nullptr);
  later.forget();
  then();
  return 0;
}

Ticker::Ticker(sd_event* loop, host::Agent& agent, Clock clock, Complaints complaints, Millis patience)
    : loop_(loop),
      agent_(agent),
      clock_(std::move(clock)),
      complaints_(std::move(complaints)),
      patience_(patience) {
  if (sd_event_add_defer(loop_, &turn_, on_turn, this) < 0) throw std::bad_alloc();
  agent_.add(*this);
}

Ticker::~Ticker() {
  agent_.remove(*this);
  for (sd_event_source* source : {turn_, until_, deadline_, again_}) sd_event_source_disable_unref(source);
}

void Ticker::schedule() {
  // Not at once: the agent is in the middle of telling its listeners.
  sd_event_source_set_enabled(turn_, SD_EVENT_ONESHOT);
}

int Ticker::on_turn(sd_event_source*, void* self) {
  static_cast<Ticker*>(self)->turn();
  return 0;
}

int Ticker::on_timer(sd_event_source*, std::uint64_t, void* self) {
  static_cast<Ticker*>(self)->turn();
  return 0;
}

void Ticker::arm(sd_event_source*& source, clockid_t clock, std::uint64_t microseconds) {
  if (!source) {
    sd_event_add_time(loop_, &source, clock, microseconds, exact, on_timer, this);
    return;
  }
  sd_event_source_set_time(source, microseconds);
  sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void Ticker::turn() {
  Now now = clock_.now();
  const auto is_overdue = [&now](const host::Agent::Next& next) {
    return next.until && *next.until <= now.wall;
  };
  bool known = true;
  if (is_overdue(agent_.next_tick())) {
    const auto synchronised = clock_.is_synchronised();
    known = synchronised.has_value();
    now.synchronised = synchronised.value_or(false);
  }
  const auto done = agent_.tick(now);
  if (!done) complaints_.failed(done.error());
  const auto next = agent_.next_tick();
  for (sd_event_source* source : {until_, deadline_, again_})
    if (source) sd_event_source_set_enabled(source, SD_EVENT_OFF);
  const bool overdue = is_overdue(next);
  const bool waits = overdue && known && !now.synchronised;
  if (waits && !complained_) complaints_.not_synchronised();
  complained_ = overdue && (complained_ || waits);
  if (overdue || !done) arm(again_, CLOCK_BOOTTIME, micros(now.boot + patience_));
  if (next.until && !overdue) arm(until_, CLOCK_REALTIME, micros(*next.until));
  if (next.deadline) arm(deadline_, CLOCK_BOOTTIME, micros(*next.deadline + Millis{1}));
}

}  // namespace nova
