// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/systemd/calls.hpp"
#include "daemon/systemd/freezer_watch.hpp"
#include "daemon/systemd/pass.hpp"
#include "daemon/systemd/unit_book.hpp"
#include "daemon/systemd/unit_signals.hpp"
#include "daemon/systemd/watcher.hpp"

namespace nova::systemd {

using std::chrono::milliseconds;

// One change of a unit is a handful of signals within a millisecond or two: they are answered together.
inline constexpr milliseconds coalescing{5};

/// Decides when to look: in passes, one at a time. What signals ask for during a pass is taken up by the
/// next.
class Watcher::Impl {
 public:
  Impl(sd_bus* bus, sd_event* loop, const host::UnitNames& names, Observer observer, Complaint complaint)
      : loop_(loop),
        observer_(std::move(observer)),
        complaint_(std::move(complaint)),
        book_(names),
        signals_(bus, names,
                 {.owner = [this](const std::string& owner) { adopt(owner); },
                  .changed = [this](const std::string& unit) { ask_again(unit); },
                  .list_changed = [this] { ask_list(); },
                  .reloading = [this](bool begun) { hold(begun); }}),
        freezer_(loop, [this](const std::string& unit) { ask_again(unit); }),
        calls_(bus),
        pass_(calls_, book_, names.globs(),
              {.follow = [this](const std::set<std::string>& units) { return signals_.follow(units); },
               .ended = [this](const Pass::Result& result) { end_pass(result); }}) {}

  Result<void> start();
  void refresh(const std::string& unit, std::function<void()> done);
  Counters counters() const {
    const Pass::Counters& pass = pass_.counters();
    return {signals_.heard(), pass.lists, pass.reads, pass.decoded, deliveries_};
  }

 private:
  // When to look: watcher.cpp.
  void adopt(const std::string& owner);
  void subscribe();
  void hold(bool reloading);
  void ask_again(const std::string& unit);
  void ask_list();
  void ask_everything();

  void schedule(milliseconds delay);
  void arm(milliseconds delay);
  static int on_timer(sd_event_source*, std::uint64_t, void* data) noexcept;

  // What a pass brought: watcher_passes.cpp.
  void begin_pass();
  void end_pass(const Pass::Result& result);
  void retry_pass(const std::optional<Error>& failure);
  bool is_first_time(const std::map<std::string, Error>& unreadable);
  void complain(const Error& error);
  void deliver();
  void follow_freezers();

  sd_event* loop_;
  Observer observer_;
  Complaint complaint_;
  UnitBook book_;
  UnitSignals signals_;
  FreezerWatch freezer_;
  std::uint64_t deliveries_ = 0;
  EventSource timer_;
  std::uint64_t due_ = 0;  // when the timer ends, on the monotonic clock

  // What the next pass has to do.
  bool list_wanted_ = false;
  std::set<std::string> again_;
  std::vector<std::function<void()>> waiting_;

  // When it may begin.
  bool present_ = false;  // systemd has an owner on the bus
  bool subscribed_ = false;
  bool reloading_ = false;     // its list is not to be trusted now
  std::optional<Error> deaf_;  // systemd refused to send us its signals

  std::vector<std::function<void()>> served_;  // by the pass that runs
  int failures_in_a_row_ = 0;
  std::map<std::string, int> unreadable_;  // passes in a row that could not read the unit
  std::set<std::string> complained_;       // since all was well last

  std::map<std::string, int> looks_;  // at freezers in between
  std::optional<std::vector<host::FoundUnit>> delivered_;

  Calls calls_;  // near the end: gone early, so that no answer comes to a half destroyed object
  Pass pass_;
};

}  // namespace nova::systemd
