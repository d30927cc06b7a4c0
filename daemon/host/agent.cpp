// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/agent.hpp"

#include <algorithm>
#include <utility>

namespace nova::host {
namespace {

HoldSet restore(const Saved& saved) {
  HoldSet set(saved.born);
  set.apply(saved.holds);
  set.lapse({saved.lapsed.begin(), saved.lapsed.end()});
  return set;
}

/// What was running when the daemon ended may have happened or not: it is never run again.
/// @return copies of those
std::vector<Action> settle_interrupted(std::vector<Action>& actions, WallTime now) {
  std::vector<Action> interrupted;
  for (Action& action : actions) {
    if (is_final(action.outcome)) continue;
    action.outcome = Outcome::indeterminate;
    action.finished = std::max(now, action.requested);
    action.message = "novahostd ended while it ran; it may have happened or not";
    interrupted.push_back(action);
  }
  return interrupted;
}

Action action_of(const PauseRequest& request, const PausePlan& plan, const Uuid& id, WallTime now) {
  return {.id = id,
          .service = request.service,
          .verb = Verb::pause,
          .actor = request.caller.actor,
          .door = request.caller.door,
          .reason = request.reason,
          .requested = now,
          .finished = now,
          .outcome = Outcome::succeeded,
          .message = "",
          .hold = plan.hold.id,
          .changed = plan.changed,
          .used_override = plan.used_override};
}

Action action_of(const ResumeRequest& request, const ResumePlan& plan, const Uuid& id, WallTime now) {
  return {.id = id,
          .service = request.service,
          .verb = Verb::resume,
          .actor = request.caller.actor,
          .door = request.caller.door,
          .reason = request.message,
          .requested = now,
          .finished = now,
          .outcome = Outcome::succeeded,
          .message = plan.remaining.empty() ? "" : "still held by " + describe(plan.remaining, request.host),
          .hold = std::nullopt,
          .changed = plan.changed,
          .used_override = plan.used_override};
}

std::string note_after_resume(const UnitFacts& unit) {
  if (unit.active_state == "active" || unit.active_state == "reloading") return "";
  return unit.name + " is " + (unit.active_state.empty() ? "not loaded" : unit.active_state) +
         "; RESUME does not start it";
}

}  // namespace

Agent::Agent(Uuid host, HostInfo info, Saved saved, Settings settings, Ports ports)
    : host_(host, std::move(info), restore(saved)),
      settings_(settings),
      ports_(std::move(ports)),
      interrupted_(settle_interrupted(saved.actions, ports_.now().wall)),
      log_(std::move(saved.actions), std::move(saved.spent), settings.has_zone) {}

void Agent::add(Listener& listener) {
  listeners_.push_back(&listener);
}

void Agent::remove(Listener& listener) {
  std::erase(listeners_, &listener);
}

void Agent::publish(const Changes& changes) {
  if (changes.empty()) return;
  for (Listener* listener : listeners_) listener->changed(changes);
}

void Agent::tell(const Action& action) {
  for (Listener* listener : listeners_) listener->acted(action);
}

const Service* Agent::find_fit(Verb verb, const Uuid& id, std::optional<Error>& why) const {
  const Service* service = host_.find(id);
  if (!service)
    why = Error{Errc::no_such_service, "cannot find service " + to_string(id) + " on this host", "service"};
  else
    why = unfit(verb, service->facts);
  return why ? nullptr : service;
}

Result<void> Agent::save(const HoldSet& holds, const ActionLog& log) {
  return ports_.store.save({holds.born(), holds.everything(), holds.lapsed(), log.actions(), log.spent()});
}

Result<void> Agent::commit(const HoldDelta& delta, const std::optional<Action>& action) {
  HoldSet next = host_.holds();
  next.apply(delta);
  ActionLog log = log_;
  // Should there be no room, only the record of the deed is missed.
  if (action) log.put(*action);
  // What ended before and gives way to a later link now: first into the history, as in prune().
  if (const auto over = host_.holds().superseded_by(delta); !over.releases.empty())
    if (auto archived = ports_.store.archive(over); !archived) return archived;
  if (auto saved = save(next, log); !saved) return saved;
  log_ = std::move(log);
  publish(host_.apply(delta));
  if (action) tell(*action);
  return {};
}

Result<PauseAnswer> Agent::pause(PauseRequest request, const Now& now) {
  request.host = host_.info().name;
  std::optional<Error> why;
  if (!find_fit(Verb::pause, request.service, why)) return std::unexpected(*why);
  auto sound = check_pause(std::move(request), settings_.require_reason, now);
  if (!sound) return std::unexpected(sound.error());
  if (!check_owner(sound->caller.actor))
    return fail(Errc::invalid_argument, "cannot pause for a caller without a usable name", "actor");
  const auto plan = plan_pause(host_.holds(), *sound, ports_.new_id(), now, settings_.max_weight);
  if (!plan) return std::unexpected(plan.error());
  if (plan->changed)
    if (auto done = commit(plan->delta, action_of(*sound, *plan, ports_.new_id(), now.wall)); !done)
      return std::unexpected(done.error());
  if (plan->changed) host_.made_here(plan->hold.id);
  return PauseAnswer{plan->hold, plan->changed, plan->used_override};
}

Result<ResumeAnswer> Agent::resume(ResumeRequest request, bool may_start, const Now& now) {
  request.host = host_.info().name;
  std::optional<Error> why;
  const Service* service = find_fit(Verb::resume, request.service, why);
  if (!service) return std::unexpected(*why);
  if (!request.owner.empty())
    if (const auto owner = check_owner(request.owner); !owner) return std::unexpected(owner.error());
  auto plan = plan_resume(host_.holds(), request, now);
  if (!plan) return std::unexpected(plan.error());
  if (plan->changed)
    if (auto done = commit(plan->delta, action_of(request, *plan, ports_.new_id(), now.wall)); !done)
      return std::unexpected(done.error());
  ResumeAnswer answer{
      std::move(plan->released), std::move(plan->remaining), plan->changed, plan->used_override, false, ""};
  if (!answer.remaining.empty()) return answer;
  const UnitFacts& unit = service->facts.unit;
  const bool frozen = is_frozen(unit.freezer_state);
  answer.thawing = may_start && service->facts.controllable && frozen;
  answer.note =
      frozen && !answer.thawing ? unit.name + " is frozen; START thaws it" : note_after_resume(unit);
  if (answer.thawing) thaw_after_resume(request, unit.name);
  return answer;
}

void Agent::thaw_after_resume(const ResumeRequest& request, const std::string& unit) {
  const std::weak_ptr<bool> alive = alive_;
  ports_.control.thaw(unit, [this, alive, request, unit](const Result<void>& result) {
    if (alive.expired() || result) return;  // a thaw that worked is seen as the unit's own state
    const auto now = ports_.now().wall;
    Action action = action_of(request, ResumePlan{}, ports_.new_id(), now);
    action.outcome = result.error().code == Errc::indeterminate ? Outcome::indeterminate : Outcome::failed;
    action.message = "cannot thaw " + unit + ": " + result.error().message;
    keep(action);
  });
}

void Agent::observe(const std::vector<FoundUnit>& units, const Now& now) {
  publish(host_.observe(units));
  for (const Action& action : std::exchange(interrupted_, {})) keep(action);
  review_waiting(now);
}

void Agent::observe_enforcement(const Uuid& service, const std::vector<Enforcement>& enforcement,
                                const Now& now) {
  publish(host_.observe_enforcement(service, enforcement));
  review_waiting(now);
}

void Agent::keep(const Action& action) {
  log_.put(action);
  // Should this fail, a restart knows less: the action is then indeterminate, which is true.
  static_cast<void>(save(host_.holds(), log_));
  tell(action);
}

}  // namespace nova::host
