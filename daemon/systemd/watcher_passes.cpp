// SPDX-License-Identifier: Apache-2.0
// What a pass over the units brought: told, or tried again.
#include <algorithm>
#include <utility>

#include "daemon/systemd/watcher_impl.hpp"

namespace nova::systemd {
namespace {

constexpr milliseconds retry{1000};
constexpr milliseconds longest_retry{30'000};
// How often a freezer "freezing" or "thawing" is looked at again: the kernel tells us before systemd has
// noticed. If it takes longer than these looks, the kernel tells us again when it is done.
constexpr int freezer_looks = 4;
constexpr milliseconds freezer_look{10};

bool is_between(const std::string& freezer_state) {
  return freezer_state.starts_with("freezing") || freezer_state.starts_with("thawing");
}

/// After the first failure at once, for a unit may go between the list and its reading; then a second later,
/// and always twice as long.
milliseconds pause_after(int failures) {
  return failures == 1 ? coalescing : std::min(longest_retry, retry * (1 << std::min(failures - 2, 5)));
}

}  // namespace

void Watcher::Impl::begin_pass() {
  timer_.reset();
  served_ = std::exchange(waiting_, {});
  for (const std::string& unit : std::exchange(again_, {})) book_.distrust(unit);
  if (!subscribed_) subscribe();
  pass_.begin(std::exchange(list_wanted_, false));
}

void Watcher::Impl::end_pass(const Pass::Result& result) {
  const auto failure = result.failure ? result.failure : deaf_;
  if (failure || reloading_ || !present_) return retry_pass(failure);
  if (is_first_time(result.unreadable)) return retry_pass(std::nullopt);
  failures_in_a_row_ = 0;
  follow_freezers();
  deliver();
  for (const auto& done : std::exchange(served_, {})) done();
  for (const auto& [unit, error] : result.unreadable) {
    complain(error);
    // It stays stale, so that every pass tries it again: this one for its sake, if none comes before.
    schedule(pause_after(unreadable_[unit]));
  }
  if (result.unreadable.empty()) complained_.clear();
  if (!waiting_.empty())
    schedule(milliseconds{0});
  else if (list_wanted_ || !again_.empty())
    schedule(coalescing);
}

/// A unit that cannot be read for the first time may just have gone; then it is not in the next list. Where
/// it is, it keeps nothing else from being told.
bool Watcher::Impl::is_first_time(const std::map<std::string, Error>& unreadable) {
  std::erase_if(unreadable_, [&](const auto& entry) { return !unreadable.contains(entry.first); });
  bool first = false;
  for (const auto& [unit, error] : unreadable) first |= ++unreadable_[unit] == 1;
  return first;
}

/// Everything is asked again.
void Watcher::Impl::retry_pass(const std::optional<Error>& failure) {
  waiting_.insert(waiting_.begin(), served_.begin(), served_.end());
  served_.clear();
  list_wanted_ = true;
  if (reloading_ || !present_) return;
  if (!failure) return schedule(coalescing);
  if (++failures_in_a_row_ > 1) complain(*failure);
  schedule(std::min(pause_after(failures_in_a_row_), retry));
}

void Watcher::Impl::complain(const Error& error) {
  if (complained_.insert(error.message).second) complaint_(error);
}

void Watcher::Impl::follow_freezers() {
  std::map<std::string, FreezerWatch::Group> groups;
  bool look_again = false;
  for (const std::string& unit : book_.loaded()) {
    const UnitReading* reading = book_.reading(unit);
    if (reading == nullptr) continue;
    groups[unit] = {reading->control_group, reading->facts.invocation_id};
    if (!is_between(reading->facts.freezer_state)) {
      looks_.erase(unit);
    } else if (looks_[unit]++ < freezer_looks) {
      again_.insert(unit);
      look_again = true;
    }
  }
  freezer_.follow(groups);
  if (look_again) schedule(freezer_look);
}

void Watcher::Impl::deliver() {
  std::vector<host::FoundUnit> units = book_.units();
  if (delivered_ && *delivered_ == units) return;
  delivered_ = std::move(units);
  ++deliveries_;
  observer_(*delivered_);
}

}  // namespace nova::systemd
