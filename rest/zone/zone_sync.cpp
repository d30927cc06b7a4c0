// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "rest/zone/report_check.hpp"
#include "rest/zone/zone.hpp"

namespace nova::zone {
namespace {

constexpr Millis prune_interval{std::chrono::hours{1}};

/// The zone's record of an action with the host's word on how it ended.
Action with_result(Action action, const Action& result, WallTime now) {
  action.outcome = result.outcome;
  // The host's clock may have been set in between.
  action.finished = std::max(result.finished.value_or(now), action.requested);
  action.message = result.message;
  action.changed = action.changed || result.changed;
  return action;
}

HostRecord first_record(const protocol::SyncRequest& report, const Host* known, WallTime now) {
  HostRecord record = known ? known->record() : HostRecord{.id = report.host};
  record.name = report.name;
  record.last_seen = now;
  if (report.info) record.info = *report.info;
  if (report.base == 0) {
    record.services.clear();
    for (const ServiceFacts& facts : report.services) record.services.push_back({facts, now});
    std::ranges::sort(record.services, {}, [](const StoredService& service) {
      return std::tie(service.facts.binary, service.facts.instance);
    });
  }
  return record;
}

}  // namespace

std::vector<Uuid> Zone::unknown_actions(const protocol::SyncRequest& report) const {
  std::vector<Uuid> unknown;
  for (const Action& action : report.actions)
    if (!pending_hosts_.contains(action.id)) unknown.push_back(action.id);
  return unknown;
}

Result<SyncPlan> Zone::plan_sync(const protocol::SyncRequest& report, const Now& now,
                                 const std::vector<ActionRecord>& recorded) {
  if (auto ok = check_report(report, settings_.max_services); !ok) return std::unexpected(ok.error());
  if (auto ok = check_identity(report); !ok) return std::unexpected(ok.error());
  if (auto ok = check_voice(report, now); !ok) return std::unexpected(ok.error());
  const Host* host = find(report.host);
  SyncPlan plan{.request = &report};
  if (!host || host->name != report.name) plan.durable.hosts.push_back(first_record(report, host, now.wall));
  const std::optional<HoldSync> first = host ? std::nullopt : std::optional(former_holds(report.host));
  const HoldSync& sync = host ? host->holds : *first;
  plan.holds = sync.plan(report.holds, believed(report, sync, now, plan.notes), now);
  plan.at_hosts_word = unverified(plan.holds.fresh, sync.holds(), now);
  if (!plan.holds.fresh.empty()) plan.durable.holds.push_back({report.host, plan.holds.fresh});
  for (const HoldDelta* gone : {&plan.holds.ended, &plan.holds.superseded})
    if (!gone->empty()) plan.durable.pruned.push_back({report.host, *gone});
  plan.acknowledged_actions = report.left_out_actions;
  plan_results(report, recorded, now, plan);
  if (host) plan_commands(*host, now, plan.durable);
  return plan;
}

void Zone::plan_results(const protocol::SyncRequest& report, const std::vector<ActionRecord>& recorded,
                        const Now& now, SyncPlan& plan) const {
  for (const Action& result : report.actions) {
    if (!is_final(result.outcome)) continue;  // begun: the end comes later
    plan.acknowledged_actions.push_back(result.id);
    const auto stored =
        std::ranges::find(recorded, result.id, [](const ActionRecord& record) { return record.action.id; });
    // Acknowledged all the same: else the host would say it for ever.
    if (const auto why = unbelievable(result, report, recorded); !why.empty()) {
      const bool known = pending_hosts_.contains(result.id) || stored != recorded.end();
      plan.notes.push_back(
          {result.door == Door::rest && !known ? Note::What::action_unknown : Note::What::action_refused,
           report.host, result.id,
           "cannot take action " + to_string(result.id) + " of host " + report.name + ": " + why});
      continue;
    }
    if (const Action* asked = unfinished(result.id)) {
      plan.durable.actions.push_back({report.host, with_result(*asked, result, now.wall)});
      plan.durable.ended_commands.push_back(result.id);
    } else if (stored == recorded.end()) {
      plan.durable.actions.push_back({report.host, with_result(result, result, now.wall)});
    } else if (stored->action.outcome == Outcome::indeterminate && result.outcome != Outcome::indeterminate) {
      plan.durable.actions.push_back({report.host, with_result(stored->action, result, now.wall)});
    }
  }
}

/// Commands that this answer hands out for the first time: that they may have been fetched has to be on the
/// disk before they are, or a crash would call them expired while the host runs them.
void Zone::plan_commands(const Host& host, const Now& now, Durable& durable) const {
  for (const auto& [id, pending] : host.pending) {
    if (!pending.command || pending.action.outcome != Outcome::accepted) continue;
    if (pending.command->deadline <= now.boot) continue;
    if (std::ranges::find(durable.ended_commands, id) != durable.ended_commands.end()) continue;
    Action running = pending.action;
    running.outcome = Outcome::running;
    durable.actions.push_back({host.id, std::move(running)});
  }
}

Host& Zone::meet(const protocol::SyncRequest& report, const Now& now, Effect& effect) {
  auto found = hosts_.find(report.host);
  if (found == hosts_.end()) {
    Host& host = add_host(report.host, report.name);
    host.info.name = report.name;
    nova_names_[report.name] = host.id;
    host.voices.hear(report, now.boot, lost_after(hosts_.size()));
    effect.notes.push_back({Note::What::host_new, host.id, {}, "host " + host.name + " joined"});
    found = hosts_.find(report.host);
  }
  Host& host = *found->second;
  if (host.name != report.name) {
    effect.notes.push_back({Note::What::host_renamed, host.id, {}, host.name + " is now " + report.name});
    rename(host, report.name);
  }
  const Presence presence = report.leaving ? Presence::left : Presence::up;
  if (host.presence != presence) {
    host.presence = presence;
    changed_.insert(host.id);
    effect.stale_facts.push_back(host.id);
    effect.notes.push_back(
        {presence == Presence::up ? Note::What::host_up : Note::What::host_left,
         host.id,
         {},
         "host " + host.name + (presence == Presence::up ? " is heard" : " said goodbye")});
  }
  host.pulse->hear(now.wall);
  host.silent_until = now.boot + lost_after(hosts_.size());
  return host;
}

void Zone::take_facts(Host& host, const protocol::SyncRequest& report, const Now& now, Effect& effect) {
  const bool names_services = report.base == 0 || !report.services.empty() || !report.removed.empty();
  const auto former = names_services ? host.services : std::vector<StoredService>{};
  const std::string former_name = host.info.name;
  const FactsTaken taken = host.take_facts(report, now.wall);
  if (taken != FactsTaken::lacking && taken != FactsTaken::late) take_pulse(host, report, now);
  if (taken != FactsTaken::taken) return;
  changed_.insert(host.id);
  effect.stale_facts.push_back(host.id);
  if (names_services) index_services(host, former);
  if (host.info.name == former_name) return;
  nova_names_.erase(former_name);
  nova_names_[host.info.name] = host.id;
}

/// What moves with every sync, and what no collection shows.
void Zone::take_pulse(Host& host, const protocol::SyncRequest& report, const Now& now) {
  if (report.load1) host.info.load1 = *report.load1;
  // A host of an earlier version tells of its load in full exchanges only; it keeps the age of that.
  if (report.load1 || report.info) host.pulse->take_load(host.info.load1, now.wall);
  if (host.take_journal(report)) quietly_changed_.insert(host.id);
}

void Zone::take_holds(Host& host, SyncPlan& plan, Effect& effect) {
  note_records(host.id, plan.holds.fresh, effect);
  for (const Uuid& id : plan.at_hosts_word)
    effect.notes.push_back({Note::What::hold_returned, host.id, id,
                            "taken at the host's word, this store may have forgotten it: host " + host.name +
                                " brought back a record of the REST door of hold " + to_string(id)});
  for (const Uuid& id : plan.holds.contradicting)
    if (!host.holds.refused().contains(id))
      effect.notes.push_back({Note::What::hold_refused, host.id, id,
                              "host " + host.name + " has hold " + to_string(id) + " with other contents"});
  for (const Hold& hold : plan.holds.stale)
    if (std::ranges::find(host.holds.stale(), hold) == host.holds.stale().end())
      effect.notes.push_back({Note::What::hold_stale, host.id, hold.id,
                              "older than the retention and unknown here: " + describe({hold}, host.name)});
  const bool showing = !plan.holds.fresh.empty() || !plan.holds.stale.empty() ||
                       (plan.holds.complete && !host.holds.stale().empty());
  if (showing) changed_.insert(host.id);
  const bool review = !plan.holds.fresh.empty() || !plan.holds.ended.empty();
  host.holds.apply(std::move(plan.holds));
  if (review) host.review_until();
}

/// Once, not with every full report.
void Zone::note_left_out(Host& host, const protocol::SyncRequest& report, Effect& effect) {
  if (report.left_out.empty() || report.left_out == host.left_out) return;
  host.left_out = report.left_out;
  std::string list;
  for (const std::string& what : report.left_out) list += (list.empty() ? "" : ", ") + what;
  effect.notes.push_back({Note::What::report_shortened,
                          host.id,
                          {},
                          "host " + host.name + " is newer than this zone, left out of its report: " + list});
}

/// Ends each PAUSE and RESUME whose records the host has by now.
void Zone::confirm(Host& host, const Now& now, Effect& effect) {
  std::vector<ActionRecord> done;
  for (const auto& [id, pending] : host.pending) {
    if (pending.command || !host.holds.host_has(pending.waits_for)) continue;
    Action action = pending.action;
    action.outcome = Outcome::succeeded;
    action.finished = now.wall;
    done.push_back({host.id, std::move(action)});
  }
  if (done.empty()) return;
  settle(done, effect);
  std::ranges::move(done, std::back_inserter(effect.unsaved));
}

protocol::SyncAnswer Zone::answer(Host& host, const SyncPlan& plan, const Now& now, double jitter) {
  const protocol::SyncRequest& report = *plan.request;
  protocol::SyncAnswer answer{.host = host.id,
                              .nonce = report.nonce,
                              .zone_name = settings_.name,
                              .zone = incarnation_,
                              .acknowledged = host.completes(report) ? host.sequence : 0,
                              .send_all = !host.completes(report),
                              .revision = host.revision,
                              .acknowledged_actions = plan.acknowledged_actions,
                              .interval = sync_interval(hosts_.size(), jitter)};
  const bool prune = now.synchronised && now.boot >= host.next_prune;
  auto holds = host.holds.answer(now, prune);
  if (prune) host.next_prune = now.boot + prune_interval;
  answer.holds = std::move(holds.holds);
  answer.send_all_holds = holds.send_all;
  answer.prune_before = holds.prune_before;
  const bool acted = report.zone == incarnation_;
  for (const auto& [id, pending] : host.pending) {
    if (!pending.command || pending.action.outcome != Outcome::running) continue;
    if ((acted && report.revision >= pending.revision) || pending.command->deadline <= now.boot) continue;
    answer.commands.push_back(pending.command->command);
    answer.commands.back().remaining = pending.command->deadline - now.boot;
  }
  return answer;
}

std::pair<protocol::SyncAnswer, Effect> Zone::apply(SyncPlan plan, const Now& now, double jitter) {
  Effect effect;
  Host& host = meet(*plan.request, now, effect);
  take_facts(host, *plan.request, now, effect);
  note_left_out(host, *plan.request, effect);
  std::ranges::move(plan.notes, std::back_inserter(effect.notes));
  take_holds(host, plan, effect);
  settle(plan.durable.actions, effect);
  confirm(host, now, effect);
  return {answer(host, plan, now, jitter), std::move(effect)};
}

Effect Zone::hear_only(const SyncPlan& plan, const Now& now) {
  Effect effect;
  if (!plan.durable.hosts.empty()) return effect;  // a host that nobody may know yet
  Host& host = meet(*plan.request, now, effect);
  take_facts(host, *plan.request, now, effect);
  return effect;
}

}  // namespace nova::zone
