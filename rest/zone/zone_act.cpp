// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/zone/zone.hpp"

namespace nova::zone {
namespace {

Action record_of(const ActionRequest& request, const Uuid& id, WallTime now) {
  return {.id = id,
          .service = request.service,
          .verb = request.verb,
          .actor = request.caller.actor,
          .door = request.caller.door,
          .reason = request.reason,
          .requested = now};
}

CommandRecord command_of(const ActionRequest& request, const Uuid& host, const Uuid& id, const Now& now) {
  const Millis time =
      std::clamp(request.deadline.value_or(default_command_time), Millis{1}, longest_command_time);
  return {.host = host,
          .command = {.id = id,
                      .service = request.service,
                      .verb = request.verb,
                      .actor = request.caller.actor,
                      .reason = request.reason,
                      .remaining = time,
                      .thaw = request.verb == Verb::resume,
                      .force = request.force},
          .deadline = now.boot + time};
}

void end(Action& action, WallTime now) {
  action.outcome = Outcome::succeeded;
  action.finished = now;
}

std::vector<Uuid> ids_of(const std::vector<Hold>& holds) {
  std::vector<Uuid> ids;
  for (const Hold& hold : holds) ids.push_back(hold.id);
  return ids;
}

Result<ActPlan> plan_hold(const Host& host, const ActionRequest& request, Action action, const Uuid& hold_id,
                          std::size_t max_weight, const Now& now) {
  const PauseRequest wish{.service = request.service,
                          .caller = request.caller,
                          .owner = request.owner,
                          .reason = request.reason.empty() ? std::string(no_reason) : request.reason,
                          .until = request.until,
                          .enforce = request.enforce,
                          .host = host.name};
  const auto pause = plan_pause(host.holds.holds(), wish, hold_id, now, max_weight);
  if (!pause) return std::unexpected(pause.error());
  action.hold = pause->hold.id;
  action.changed = pause->changed;
  action.used_override = pause->used_override;
  ActPlan plan{.host = host.id, .action = std::move(action), .waits_for = {pause->hold.id}};
  for (const Release& release : pause->delta.releases) plan.waits_for.push_back(release.hold);
  if (!pause->delta.empty()) plan.durable.holds.push_back({host.id, pause->delta});
  if (auto over = host.holds.holds().superseded_by(pause->delta); !over.empty())
    plan.durable.pruned.push_back({host.id, std::move(over)});
  if (!pause->changed)
    plan.action.message = "held already, nothing changed";
  else if (!host.is_live())
    plan.action.message = "the host is " + std::string(to_string(host.presence)) + ": it comes back held";
  return plan;
}

/// What RESUME leaves as it is, for its message.
std::string not_done(const ResumePlan& resume, const ServiceFacts& facts, const std::string& host,
                     bool thaw) {
  std::string text;
  const auto add = [&](const std::string& sentence) { text += (text.empty() ? "" : "; ") + sentence; };
  if (!resume.remaining.empty()) add("still held by " + describe(resume.remaining, host));
  if (facts.unit.active_state != "active")
    add("the unit is " + (facts.unit.active_state.empty() ? "not loaded" : facts.unit.active_state) +
        ", RESUME starts nothing");
  if (facts.unit.freezer_state == "frozen" && !thaw) add("the unit stays suspended");
  return text;
}

Result<ActPlan> plan_release(const Host& host, const ServiceFacts& facts, const ActionRequest& request,
                             Action action, const Now& now) {
  const ResumeRequest wish{.service = request.service,
                           .caller = request.caller,
                           .owner = request.owner,
                           .all = request.all,
                           .message = request.reason,
                           .host = host.name};
  const auto resume = plan_resume(host.holds.holds(), wish, now);
  if (!resume) return std::unexpected(resume.error());
  const bool thaw = resume->remaining.empty() && request.may_start && host.presence == Presence::up &&
                    facts.unit.freezer_state == "frozen";
  action.changed = resume->changed || thaw;
  action.used_override = resume->used_override;
  action.message = not_done(*resume, facts, host.name, thaw);
  ActPlan plan{.host = host.id, .action = std::move(action), .waits_for = ids_of(resume->released)};
  if (!resume->delta.empty()) plan.durable.holds.push_back({host.id, resume->delta});
  if (thaw) plan.durable.commands.push_back(command_of(request, host.id, plan.action.id, now));
  return plan;
}

/// The unfinished action whose records a PAUSE or RESUME that changes nothing would wait for too: the latest.
const Action* under_way(const Host& host, const Action& asked) {
  const Action* found = nullptr;
  for (const auto& [id, pending] : host.pending) {
    const Action& action = pending.action;
    const bool same = !pending.command && action.verb == asked.verb && action.service == asked.service &&
                      action.hold == asked.hold;
    if (same && (!found || found->requested < action.requested)) found = &action;
  }
  return found;
}

/// Repeating oneself makes no further record: the answer is the first one's, and says that nothing changed.
ActPlan joined(const ActPlan& asked, const Action& first) {
  ActPlan plan{.host = asked.host, .action = first, .joined = true};
  plan.action.changed = false;
  plan.action.used_override = false;
  plan.action.message =
      (asked.action.message.empty() ? "" : asked.action.message + "; ") + "the host has yet to hear of it";
  return plan;
}

}  // namespace

Result<ActPlan> Zone::plan_act(const ActionRequest& request, const Uuid& action_id, const Uuid& hold_id,
                               const Now& now) const {
  const Host* host = host_of(request.service);
  if (!host)
    return fail(Errc::no_such_service, "cannot find service " + to_string(request.service) + " in this zone",
                "service");
  const ServiceFacts& facts = host->find(request.service)->facts;
  if (auto why = unfit(request.verb, facts)) return std::unexpected(*why);
  Action action = record_of(request, action_id, now.wall);
  Result<ActPlan> plan = ActPlan{.host = host->id};
  if (request.verb == Verb::pause) {
    plan = plan_hold(*host, request, std::move(action), hold_id, settings_.max_weight, now);
  } else if (request.verb == Verb::resume) {
    plan = plan_release(*host, facts, request, std::move(action), now);
  } else {
    if (host->presence != Presence::up)
      return fail(Errc::host_lost, "cannot " + std::string(to_string(request.verb)) + " " + facts.unit.name +
                                       ": host " + host->name + " is " +
                                       std::string(to_string(host->presence)) + " since " +
                                       to_rfc3339(host->pulse->last_seen()));
    plan->action = std::move(action);
    plan->durable.commands.push_back(command_of(request, host->id, action_id, now));
  }
  if (!plan) return plan;
  const bool commands = !plan->durable.commands.empty();
  if (!commands && plan->durable.holds.empty()) {
    if (const Action* first = under_way(*host, plan->action)) return joined(*plan, *first);
    if (plan->waits_for.empty() || host->holds.host_has(plan->waits_for)) end(plan->action, now.wall);
  }
  if (!is_final(plan->action.outcome))
    if (auto room = check_room(*host, commands); !room) return std::unexpected(room.error());
  plan->durable.actions.push_back({host->id, plan->action});
  return plan;
}

/// What waits for a host is bounded: commands, which the host has to carry out one by one, more than PAUSE
/// and RESUME, which end together when it comes back.
Result<void> Zone::check_room(const Host& host, bool command) const {
  const auto commands =
      std::ranges::count_if(host.pending, [](const auto& entry) { return entry.second.command.has_value(); });
  const auto waiting = command ? std::size_t(commands) : host.pending.size();
  if (waiting < (command ? settings_.max_commands : settings_.max_pending)) return {};
  return fail(Errc::unavailable, "cannot ask host " + host.name + " for more: " + std::to_string(waiting) +
                                     " actions wait for it already");
}

Effect Zone::apply(ActPlan plan, const Now&) {
  Effect effect;
  if (plan.joined) return effect;
  Host& host = *hosts_.at(plan.host);
  for (const HostDelta& records : plan.durable.holds) {
    host.holds.add(records.delta);
    for (const Hold& hold : records.delta.adds) host.holds.made_here(hold.id);
    note_records(host.id, records.delta, effect);
    host.review_until();
    changed_.insert(host.id);
  }
  if (plan.action.used_override)
    effect.notes.push_back({Note::What::override_used, host.id, plan.action.id,
                            plan.action.actor + " replaced or released holds of others"});
  if (is_final(plan.action.outcome)) {
    settle(plan.durable.actions, effect);
    return effect;
  }
  ++host.revision;
  effect.ring.push_back(host.id);
  pending_hosts_[plan.action.id] = host.id;
  Pending& pending = host.pending[plan.action.id];
  pending = {
      .action = std::move(plan.action), .waits_for = std::move(plan.waits_for), .revision = host.revision};
  if (!plan.durable.commands.empty()) pending.command = plan.durable.commands.front();
  return effect;
}

Result<RemovalPlan> Zone::plan_removal(const Uuid& id, const Caller& caller, const Now& now) const {
  const Host* host = find(id);
  if (!host) return fail(Errc::no_such_host, "cannot find host " + to_string(id) + " in this zone", "host");
  RemovalPlan plan{.host = id, .actor = caller.actor};
  plan.durable.removed_hosts.push_back(id);
  for (const auto& [action_id, pending] : host->pending) {
    Action action = pending.action;
    action.outcome = action.outcome == Outcome::running ? Outcome::indeterminate : Outcome::expired;
    action.finished = now.wall;
    action.message = "the host was removed from the zone";
    plan.durable.actions.push_back({id, std::move(action)});
  }
  return plan;
}

Effect Zone::apply(RemovalPlan plan) {
  Effect effect;
  settle(plan.durable.actions, effect);
  const auto found = hosts_.find(plan.host);
  if (found == hosts_.end()) return effect;
  const Host& host = *found->second;
  for (const StoredService& service : host.services) service_hosts_.erase(service.facts.id);
  if (names_[host.name] == host.id) names_.erase(host.name);
  if (nova_names_[host.info.name] == host.id) nova_names_.erase(host.info.name);
  effect.notes.push_back(
      {Note::What::host_removed, host.id, {}, "host " + host.name + " was removed by " + plan.actor});
  effect.ring.push_back(host.id);
  former_holds_[host.id] = host.holds.holds().everything();
  hosts_.erase(found);
  changed_.erase(plan.host);
  regrouped_ = true;
  return effect;
}

}  // namespace nova::zone
