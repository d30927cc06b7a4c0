// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "rest/zone/zone.hpp"

namespace nova::zone {
namespace {

constexpr Millis unsynchronised_pace{1000};
constexpr Millis idle_pace{60'000};

/// When a command is given up: unfetched at its deadline, fetched when no result can be expected any more.
BootTime end_of(const Pending& pending) {
  const bool fetched = pending.action.outcome == Outcome::running;
  return pending.command->deadline + (fetched ? Zone::result_grace : Millis{0});
}

/// The history's word on a hold that its `until` ended. The id follows from the hold: it happens once.
Action expiry_of(const Hold& hold, const Release& release) {
  return {.id = name_uuid(hold.id, "until"),
          .service = hold.service,
          .verb = Verb::resume,
          .actor = release.actor,
          .door = release.door,
          .requested = release.at,
          .finished = release.at,
          .outcome = Outcome::succeeded,
          .message = release.message,
          .hold = hold.id,
          .changed = true};
}

Action given_up(const Pending& pending, WallTime now) {
  Action action = pending.action;
  const bool fetched = action.outcome == Outcome::running;
  action.outcome = fetched ? Outcome::indeterminate : Outcome::expired;
  action.finished = now;
  action.message = fetched ? "the host fetched it and has not said how it ended"
                           : "its time was over before the host fetched it; nothing was done";
  return action;
}

/// Holds whose `until` has passed.
void plan_ends(const Host& host, const Now& now, Durable& durable) {
  auto delta = plan_expiry(host.holds.holds(), now);
  for (const Release& release : delta.releases)
    if (const Hold* hold = host.holds.holds().find(release.hold))
      durable.actions.push_back({host.id, expiry_of(*hold, release)});
  durable.holds.push_back({host.id, std::move(delta)});
}

}  // namespace

TickPlan Zone::plan_tick(const Now& now) const {
  TickPlan plan;
  for (const auto& [id, host] : hosts_) {
    const bool due = host->next_until && *host->next_until <= now.wall && now.synchronised;
    const std::size_t before = plan.durable.actions.size();
    if (due) plan_ends(*host, now, plan.durable);
    for (const auto& [action, pending] : host->pending)
      if (pending.command && end_of(pending) <= now.boot) {
        plan.durable.actions.push_back({id, given_up(pending, now.wall)});
        plan.durable.ended_commands.push_back(action);
      }
    if (due || plan.durable.actions.size() > before) plan.hosts.push_back(id);
  }
  return plan;
}

Effect Zone::apply(TickPlan plan, const Now& now) {
  Effect effect;
  for (const HostDelta& records : plan.durable.holds) {
    const auto found = hosts_.find(records.host);
    if (found == hosts_.end()) continue;
    Host& host = *found->second;
    host.holds.add(records.delta);
    host.review_until();
    ++host.revision;
    changed_.insert(host.id);
    effect.ring.push_back(host.id);
    note_records(host.id, records.delta, effect);
  }
  settle(plan.durable.actions, effect);
  Effect lost = lose_silent(now);
  std::ranges::move(lost.stale_facts, std::back_inserter(effect.stale_facts));
  std::ranges::move(lost.notes, std::back_inserter(effect.notes));
  return effect;
}

void Zone::forgive(Millis deaf, const Now& now) {
  const BootTime latest = now.boot + lost_after(hosts_.size());
  for (const auto& [id, host] : hosts_)
    host->silent_until = std::max(host->silent_until, std::min(host->silent_until + deaf, latest));
}

Effect Zone::lose_silent(const Now& now) {
  Effect effect;
  for (const auto& [id, host] : hosts_) {
    if (host->presence != Presence::up || now.boot < host->silent_until) continue;
    host->presence = Presence::lost;
    changed_.insert(id);
    effect.stale_facts.push_back(id);
    effect.notes.push_back(
        {Note::What::host_lost,
         id,
         {},
         "host " + host->name + " is lost, last heard " + to_rfc3339(host->pulse->last_seen())});
  }
  return effect;
}

std::vector<std::pair<Uuid, WallTime>> Zone::last_heard() const {
  std::vector<std::pair<Uuid, WallTime>> heard;
  for (const auto& [id, host] : hosts_)
    if (host->presence == Presence::up) heard.emplace_back(id, host->pulse->last_seen());
  return heard;
}

BootTime Zone::next_tick(const Now& now, const Host& host) {
  BootTime next = now.boot + idle_pace;
  const auto at = [&](BootTime time) { next = std::min(next, time); };
  if (host.presence == Presence::up) at(host.silent_until);
  if (host.next_until) at(now.boot + (now.synchronised ? *host.next_until - now.wall : unsynchronised_pace));
  for (const auto& [action, pending] : host.pending)
    if (pending.command) at(end_of(pending));
  return std::max(next, now.boot);
}

BootTime Zone::next_tick(const Now& now) const {
  BootTime next = now.boot + idle_pace;
  for (const auto& [id, host] : hosts_) next = std::min(next, next_tick(now, *host));
  return next;
}

}  // namespace nova::zone
