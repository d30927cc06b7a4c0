// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "rest/writer/zone_writer_impl.hpp"

namespace nova::writer {
namespace {

constexpr int publish_share = 5;  ///< of the time that publishing takes, so much passes before the next
constexpr std::size_t most_refused = 10'000;             ///< hosts whose last refusal is remembered
constexpr Millis removal_echo{std::chrono::seconds{1}};  ///< between a report's check and its coming here

}  // namespace

Result<std::unique_ptr<TimedWriter>> make_writer(Options options, store::Store& store) {
  const auto memory = store.load(options.clock().wall);
  if (!memory) return std::unexpected(memory.error());
  return std::make_unique<ZoneWriter>(std::move(options), store, *memory);
}

ZoneWriter::ZoneWriter(Options options, store::Store& store, const zone::Memory& memory)
    : options_(std::move(options)),
      store_(store),
      zone_({.name = options_.name}, options_.new_id(), memory, options_.clock()),
      committer_(store, [this] { return options_.clock().wall; }) {
  publish();
  if (options_.own_thread) thread_ = std::thread([this] { keep_time(); });
}

ZoneWriter::~ZoneWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  drain();
  Lock lock(mutex_);
  const Now now = options_.clock();
  save(lock, now);
  // Or a host that does not come back would look lost since its last change, not since now.
  if (const auto saved = store_.save_last_seen(zone_.last_heard()); !saved)
    options_.note({zone::Note::What::store_failed, {}, {}, saved.error().message});
  // Nothing was done since the last write: what the store may have forgotten begins now, not then. Where this
  // fails, it begins earlier.
  static_cast<void>(store_.write({}, now.wall));
}

std::shared_ptr<const zone::Snapshot> ZoneWriter::snapshot() const {
  const std::lock_guard lock(reading_);
  return published_;
}

void ZoneWriter::publish() {
  publish_due_ = false;
  if (published_ && !zone_.changed()) return;
  const Now begun = options_.clock();
  auto next = zone_.snapshot(begun);
  const BootTime done = options_.clock().boot;
  // A large zone whose hosts all come at once would do nothing but publish.
  next_publish_ = done + std::max(options_.publish_pace, publish_share * (done - begun.boot));
  const std::lock_guard lock(reading_);
  published_.swap(next);
}

/// Publishes now, or leaves it to the timer where the last one is too fresh.
void ZoneWriter::publish_paced() {
  if (!zone_.changed()) return;
  if (options_.clock().boot >= next_publish_) return publish();  // the timer may be busy with the disk
  if (publish_due_) return;
  publish_due_ = hurry_ = true;
  wake_.notify_one();
}

ZoneWriter::After ZoneWriter::take_in(zone::Effect effect) {
  unsaved_hosts_.insert(effect.stale_facts.begin(), effect.stale_facts.end());
  for (zone::ActionRecord& record : effect.unsaved)
    unsaved_actions_.insert_or_assign(record.action.id, std::move(record));
  return {.calls = waiters_.take(effect.ring, effect.finished), .notes = std::move(effect.notes)};
}

void ZoneWriter::finish(Lock& lock, After after) {
  lock.unlock();
  make(after.calls);
  for (const zone::Note& note : after.notes) options_.note(note);
}

std::unexpected<Error> ZoneWriter::complain(Lock& lock, const Error& error, After after) {
  after.notes.push_back({zone::Note::What::store_failed, {}, {}, error.message});
  finish(lock, std::move(after));
  return std::unexpected(error);
}

/// Lets the timer know of a deadline that may come before what it waits for.
void ZoneWriter::expect(const Uuid& host, const Now& now) {
  const zone::Host* known = zone_.find(host);
  const BootTime next = known ? zone::Zone::next_tick(now, *known) : next_tick_;
  if (next >= next_tick_) return;
  next_tick_ = next;
  hurry_ = true;
  wake_.notify_one();
}

/// A host that is new may take a name that another new host wants: such are decided one after the other,
/// under the nil id.
Committer::Hosts ZoneWriter::busy_of(const Uuid& host) const {
  return zone_.find(host) ? Committer::Hosts{host} : Committer::Hosts{host, Uuid{}};
}

/// Looks up what the zone has no unfinished record of, until it is all there while the lock is held: an
/// action may end, and leave the zone's memory, while the store is read.
Result<void> ZoneWriter::look_up(Lock& lock, const protocol::SyncRequest& report, Recorded& recorded) const {
  for (;;) {
    std::vector<Uuid> unknown = zone_.unknown_actions(report);
    std::erase_if(unknown, [&](const Uuid& id) { return !recorded.asked.insert(id).second; });
    if (unknown.empty()) return {};
    std::erase_if(unknown, [&](const Uuid& id) {
      const auto unsaved = unsaved_actions_.find(id);
      if (unsaved == unsaved_actions_.end()) return false;
      recorded.found.push_back(unsaved->second);
      return true;
    });
    lock.unlock();
    for (const Uuid& id : unknown) {
      auto stored = store_.action(id);
      if (!stored) return std::unexpected(stored.error());
      if (*stored) recorded.found.push_back(std::move(**stored));
    }
    lock.lock();
  }
}

/// A host that was removed while its report was on the way, or waited here, is not met anew by it.
Result<void> ZoneWriter::check_removed(const Uuid& host, BootTime came) {
  const auto removal = removed_.find(host);
  if (zone_.find(host) || removal == removed_.end() || came > removal->second + removal_echo) return {};
  return fail(Errc::access_denied,
              "cannot take the report of host " + to_string(host) +
                  ": it was removed a moment ago; enrolled anew it is taken within a second",
              "host");
}

std::unexpected<Error> ZoneWriter::refuse(Lock& lock, const Uuid& host, const Error& error) {
  publish_paced();  // a conflict may show
  After after{.notes = zone_.take_notes()};
  // A host that is refused asks again and again: once it is said why.
  if (refused_.size() > most_refused) refused_.clear();
  if (std::exchange(refused_[host], error.message) != error.message)
    after.notes.push_back({zone::Note::What::report_refused, host, {}, error.message});
  finish(lock, std::move(after));
  return std::unexpected(error);
}

Result<protocol::SyncAnswer> ZoneWriter::sync(const protocol::SyncRequest& report) {
  Recorded recorded;
  Lock lock(mutex_);
  const BootTime came = options_.clock().boot;
  for (;;) {
    if (auto known = look_up(lock, report, recorded); !known) return std::unexpected(known.error());
    const Now now = options_.clock();
    if (auto there = check_removed(report.host, came); !there)
      return refuse(lock, report.host, there.error());
    auto plan = zone_.plan_sync(report, now, recorded.found);
    if (!plan) return refuse(lock, report.host, plan.error());
    const auto hosts = busy_of(report.host);
    if (!plan->durable.empty()) {
      if (committer_.is_busy(hosts)) {
        committer_.wait(lock);
        recorded = {};
        continue;
      }
      if (auto kept = committer_.commit(lock, hosts, plan->durable); !kept) {
        After after = take_in(zone_.hear_only(*plan, now));
        publish_paced();
        return complain(lock, kept.error(), std::move(after));
      }
    }
    auto [answer, effect] = zone_.apply(std::move(*plan), now, options_.jitter());
    refused_.erase(report.host);
    After after = take_in(std::move(effect));
    std::ranges::move(zone_.take_notes(), std::back_inserter(after.notes));
    publish_paced();
    finish(lock, std::move(after));
    return answer;
  }
}

Result<Action> ZoneWriter::act(const ActionRequest& request) {
  const Uuid action_id = options_.new_id();
  const Uuid hold_id = options_.new_id();
  Lock lock(mutex_);
  for (;;) {
    const Now now = options_.clock();
    auto plan = zone_.plan_act(request, action_id, hold_id, now);
    if (!plan) return std::unexpected(plan.error());
    const Committer::Hosts hosts{plan->host};
    if (plan->joined) return plan->action;
    if (committer_.is_busy(hosts)) {
      committer_.wait(lock);
      continue;
    }
    if (auto kept = committer_.commit(lock, hosts, plan->durable); !kept) return complain(lock, kept.error());
    const Action action = plan->action;
    After after = take_in(zone_.apply(std::move(*plan), now));
    publish();  // who asked shall find it when they look
    expect(*hosts.begin(), now);
    finish(lock, std::move(after));
    return action;
  }
}

Result<void> ZoneWriter::remove_host(const Uuid& host, const Caller& caller) {
  Lock lock(mutex_);
  for (;;) {
    const Now now = options_.clock();
    auto plan = zone_.plan_removal(host, caller, now);
    if (!plan) return std::unexpected(plan.error());
    if (committer_.is_busy({host})) {
      committer_.wait(lock);
      continue;
    }
    if (auto kept = committer_.commit(lock, {host}, plan->durable); !kept)
      return complain(lock, kept.error());
    unsaved_hosts_.erase(host);
    removed_[host] = options_.clock().boot;
    After after = take_in(zone_.apply(std::move(*plan)));
    publish();
    finish(lock, std::move(after));
    return {};
  }
}

/// What the zone knows of an action beyond the store. To be looked at before the store is read: what has left
/// the memory is in the store by then, but what the store said before it was told may have left the memory.
std::optional<Action> ZoneWriter::remembered(const Uuid& id) const {
  if (const Action* unfinished = zone_.unfinished(id)) return *unfinished;
  const auto unsaved = unsaved_actions_.find(id);
  if (unsaved == unsaved_actions_.end()) return std::nullopt;
  return unsaved->second.action;
}

Result<Action> ZoneWriter::action(const Uuid& id) const {
  {
    const std::lock_guard lock(mutex_);
    if (auto known = remembered(id)) return *std::move(known);
  }
  const auto stored = store_.action(id);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored)
    return fail(Errc::no_such_action, "cannot find action req-" + to_string(id) + " in this zone", "action");
  return (*stored)->action;
}

Result<std::vector<Action>> ZoneWriter::actions(const Uuid& service, std::size_t limit,
                                                std::optional<Uuid> marker) const {
  std::map<Uuid, Action> known;
  {
    const std::lock_guard lock(mutex_);
    if (const zone::Host* host = zone_.host_of(service))
      for (const auto& [id, pending] : host->pending) known.emplace(id, pending.action);
    for (const auto& [id, record] : unsaved_actions_)
      if (record.action.service == service) known.insert_or_assign(id, record.action);
  }
  auto found = store_.actions(service, limit, marker);
  if (!found) return found;
  for (Action& action : *found) {
    const auto newer = known.find(action.id);
    const bool open = !is_final(action.outcome) || action.outcome == Outcome::indeterminate;
    if (open && newer != known.end()) action = newer->second;
  }
  return found;
}

void ZoneWriter::doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) {
  Lock lock(mutex_);
  const zone::Host* known = zone_.find(host);
  // Another revision, not only a higher one: after a restart of the zone they begin anew.
  const bool now = drained_ || !known || known->revision != revision;
  Waiters::Calls calls;
  if (now)
    calls.push_back(std::move(ring));
  else
    calls = waiters_.park_doorbell(host, std::move(ring));
  finish(lock, {.calls = std::move(calls)});
}

void ZoneWriter::when_final(const Uuid& action, std::function<void()> done) {
  Lock lock(mutex_);
  Waiters::Calls calls;
  if (drained_ || !zone_.unfinished(action))
    calls.push_back(std::move(done));
  else
    calls = waiters_.park_end(action, std::move(done));
  finish(lock, {.calls = std::move(calls)});
}

void ZoneWriter::drain() {
  Lock lock(mutex_);
  drained_ = true;
  finish(lock, {.calls = waiters_.take_all()});
}

}  // namespace nova::writer
