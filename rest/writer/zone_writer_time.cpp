// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/writer/zone_writer_impl.hpp"

namespace nova::writer {
namespace {

// Losses and deadlines are found by the zone itself; this bounds how late a change of plans may be noticed.
constexpr Millis longest_nap{1000};
constexpr Millis try_again{1000};    // after the store has failed
constexpr Millis shortest_nap{100};  // meanwhile
constexpr Millis busy_nap{10};       // while others decide
constexpr Millis oversleep{250};     // more than that and the process did not run, or its machine
constexpr Millis forget_pace{std::chrono::hours{24}};

}  // namespace

/// Losses wait for no disk.
void ZoneWriter::lose_silent(Lock& lock) {
  After after = take_in(zone_.lose_silent(options_.clock()));
  publish_paced();
  finish(lock, std::move(after));
  lock.lock();
}

/// @return false where it has to be done again soon: others decide about the same hosts
bool ZoneWriter::tick(Lock& lock) {
  Now now = options_.clock();
  auto plan = zone_.plan_tick(now);
  if (now.boot < next_try_ || plan.durable.empty()) return true;
  const Committer::Hosts hosts(plan.hosts.begin(), plan.hosts.end());
  if (committer_.is_busy(hosts)) return false;
  const auto kept = committer_.commit(lock, hosts, plan.durable);
  now = options_.clock();
  After after;
  if (kept) {
    after = take_in(zone_.apply(std::move(plan), now));
  } else {  // what cannot be kept has not happened
    after.notes.push_back({zone::Note::What::store_failed, {}, {}, kept.error().message});
    next_try_ = now.boot + try_again;
  }
  publish_paced();
  finish(lock, std::move(after));
  lock.lock();
  return true;
}

void ZoneWriter::save(Lock& lock, const Now& now) {
  next_save_ = now.boot + options_.save_pace;
  if (unsaved_hosts_.empty() && unsaved_actions_.empty()) return;
  std::vector<zone::HostRecord> hosts;
  for (const Uuid& id : std::exchange(unsaved_hosts_, {}))
    if (const zone::Host* host = zone_.find(id)) hosts.push_back(host->record());
  std::vector<zone::ActionRecord> actions;
  for (const auto& [id, record] : unsaved_actions_) actions.push_back(record);
  lock.unlock();
  const auto saved = store_.save(hosts, actions);
  if (!saved) options_.note({zone::Note::What::store_failed, {}, {}, saved.error().message});
  lock.lock();
  if (!saved)
    for (const zone::HostRecord& host : hosts) unsaved_hosts_.insert(host.id);
  else
    for (const zone::ActionRecord& record : actions) unsaved_actions_.erase(record.action.id);
}

void ZoneWriter::forget(Lock& lock, const Now& now) {
  next_forget_ = now.boot + forget_pace;
  if (!now.synchronised) return;  // a wrong clock must not empty the history
  lock.unlock();
  const auto forgotten = store_.forget(now.wall - options_.history, options_.actions);
  if (!forgotten) options_.note({zone::Note::What::store_failed, {}, {}, forgotten.error().message});
  lock.lock();
}

/// Looks at all hosts only when one of them may need it: in a large zone that costs as much as publishing.
void ZoneWriter::tick_when_due(Lock& lock) {
  const Now now = options_.clock();
  if (now.boot < next_tick_) return;
  lose_silent(lock);
  const bool done = tick(lock);
  next_tick_ = std::min(zone_.next_tick(now), now.boot + longest_nap);
  if (!done) next_tick_ = std::max(next_tick_, now.boot + busy_nap);
  if (now.boot < next_try_) next_tick_ = std::max(next_tick_, now.boot + shortest_nap);
}

BootTime ZoneWriter::run() {
  Lock lock(mutex_);
  hurry_ = false;
  if (const Now woken = options_.clock(); expected_ && woken.boot - *expected_ > oversleep)
    zone_.forgive(woken.boot - *expected_, woken);
  tick_when_due(lock);
  const Now now = options_.clock();
  if (publish_due_ && now.boot >= next_publish_) publish();
  if (now.boot >= next_save_) save(lock, now);
  if (now.boot >= next_forget_) forget(lock, now);
  BootTime next = next_tick_;
  if (publish_due_) next = std::min(next, next_publish_);
  if (!unsaved_hosts_.empty() || !unsaved_actions_.empty()) next = std::min(next, next_save_);
  expected_ = std::max(next, options_.clock().boot);
  return next;
}

void ZoneWriter::keep_time() {
  for (;;) {
    const BootTime next = run();
    Lock lock(mutex_);
    const Millis nap = std::max(next - options_.clock().boot, Millis{1});
    wake_.wait_for(lock, nap, [this] { return stopping_ || hurry_; });
    if (stopping_) return;
  }
}

}  // namespace nova::writer
