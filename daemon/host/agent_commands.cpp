// SPDX-License-Identifier: Apache-2.0
// START, STOP, RESTART and SUSPEND: at most once, never after their deadline (design section 4).
#include <algorithm>

#include "daemon/host/agent.hpp"

namespace nova::host {
namespace {

Action action_of(const CommandRequest& request, WallTime now) {
  return {.id = request.id,
          .service = request.service,
          .verb = request.verb,
          .actor = request.caller.actor,
          .door = request.caller.door,
          .reason = request.reason,
          .requested = now,
          .finished = std::nullopt,
          .outcome = Outcome::running,
          .message = "",
          .hold = std::nullopt,
          .changed = false,
          .used_override = false};
}

/// Refused and expired mean that nothing was done.
Outcome outcome_of(Errc code) {
  if (code == Errc::deadline_exceeded) return Outcome::expired;
  if (code == Errc::indeterminate) return Outcome::indeterminate;
  return code == Errc::job_failed ? Outcome::failed : Outcome::refused;
}

Error too_many(Verb verb) {
  return {Errc::unavailable,
          "cannot " + std::string(to_string(verb)) + " now: too many commands are under way on this host",
          {}};
}

/// STOP and SUSPEND of a held compute service wait until Nova's scheduler has been told, since a service that
/// does not answer cannot be disabled any more.
bool scheduler_pending(const Service& service) {
  const auto scheduler = std::ranges::find(service.enforcement, Enforcer::scheduler, &Enforcement::enforcer);
  return service.pause.held && scheduler != service.enforcement.end() &&
         scheduler->state != EnforcementState::applied && scheduler->state != EnforcementState::unconfigured;
}

}  // namespace

bool Agent::knows(const Uuid& action) const {
  const auto waits = [&](const Waiting& w) { return w.request.id == action; };
  return log_.knows(action) || std::ranges::any_of(waiting_, waits);
}

Result<void> Agent::check(const CommandRequest& request, const Now& now) const {
  if (now.boot > request.deadline)
    return fail(Errc::deadline_exceeded, "cannot " + std::string(to_string(request.verb)) +
                                             " any more: its deadline passed; nothing was done");
  if (request.verb == Verb::pause)
    return fail(Errc::not_supported, "cannot take pause as a command: it travels as a hold", "verb");
  std::optional<Error> why;
  const Service* service = find_fit(request.verb, request.service, why);
  if (!service) return std::unexpected(*why);
  if (request.verb == Verb::resume && service->pause.held)
    return fail(Errc::held_by_others, "cannot thaw: held by " + describe(service->holds, host_.info().name));
  return {};
}

bool Agent::must_wait(const CommandRequest& request) const {
  if (request.force || (request.verb != Verb::stop && request.verb != Verb::suspend)) return false;
  const Service* service = host_.find(request.service);
  return service && scheduler_pending(*service);
}

void Agent::run(const CommandRequest& request, const Now& now, Done done) {
  if (knows(request.id)) {
    done(fail(Errc::conflict, "cannot run " + to_string(request.id) + " twice", "id"));
    return;
  }
  if (const auto fit = check(request, now); !fit)
    refuse(request, fit.error(), now, done);
  else if (must_wait(request))
    wait(request, now, std::move(done));
  else
    perform(request, now, done);
}

void Agent::wait(const CommandRequest& request, const Now& now, Done done) {
  if (waiting_.size() >= max_waiting) {
    refuse(request, too_many(request.verb), now, done);
    return;
  }
  waiting_.push_back({request, std::move(done)});
  Action action = action_of(request, now.wall);
  action.outcome = Outcome::accepted;
  action.message = "waits until Nova's scheduler knows of the hold";
  tell(action);
}

void Agent::run(const Command& command, BootTime sync_sent, const Now& now) {
  if (knows(command.id)) return;  // repeated by the zone until it has the result
  run(CommandRequest{.id = command.id,
                     .service = command.service,
                     .verb = command.verb,
                     .caller = {.actor = command.actor, .door = Door::rest, .may_override = false},
                     .reason = command.reason,
                     .deadline = deadline_of(command, sync_sent),
                     .force = command.force},
      now, [](const Result<Action>&) {});
}

void Agent::perform(const CommandRequest& request, const Now& now, const Done& done) {
  const Action action = action_of(request, now.wall);
  // Its id is on the disk before systemd hears of it: after a crash it is known to have been begun.
  ActionLog log = log_;
  if (!log.put(action)) {
    refuse(request, too_many(request.verb), now, done);
    return;
  }
  if (const auto saved = save(host_.holds(), log); !saved) {
    refuse(request, saved.error(), now, done);
    return;
  }
  log_ = std::move(log);
  tell(action);
  const std::weak_ptr<bool> alive = alive_;
  auto when_done = [this, alive, action, done](const Result<void>& result) {
    if (!alive.expired()) ended(action, result, done);
  };
  const std::string unit = host_.find(request.service)->facts.unit.name;
  if (request.verb == Verb::resume)
    ports_.control.thaw(unit, std::move(when_done));
  else
    ports_.control.perform({request.verb, unit, request.deadline}, std::move(when_done));
}

void Agent::ended(Action action, const Result<void>& result, const Done& done) {
  action.finished = std::max(ports_.now().wall, action.requested);
  action.outcome = result ? Outcome::succeeded : outcome_of(result.error().code);
  action.message = result ? "done" : result.error().message;
  action.changed = result.has_value();
  keep(action);
  if (result)
    done(action);
  else
    done(std::unexpected(result.error()));
}

void Agent::refuse(const CommandRequest& request, const Error& why, const Now& now, const Done& done) {
  // At a host's own door the answer is the record; the zone has to be told.
  if (request.caller.door == Door::rest) {
    Action action = action_of(request, now.wall);
    action.finished = now.wall;
    action.outcome = outcome_of(why.code) == Outcome::expired ? Outcome::expired : Outcome::refused;
    action.message = why.message;
    keep(action);
  }
  done(std::unexpected(why));
}

void Agent::review_waiting(const Now& now) {
  std::list<Waiting> all;
  all.swap(waiting_);  // an answer may bring the next request
  for (Waiting& waiting : all) {
    if (const auto fit = check(waiting.request, now); !fit) {
      Error why = fit.error();
      if (why.code == Errc::deadline_exceeded)
        why.message += "; Nova's scheduler was not told in time (force does not wait)";
      refuse(waiting.request, why, now, waiting.done);
    } else if (must_wait(waiting.request)) {
      waiting_.push_back(std::move(waiting));
    } else {
      perform(waiting.request, now, waiting.done);
    }
  }
}

}  // namespace nova::host
