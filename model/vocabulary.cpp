// SPDX-License-Identifier: Apache-2.0
#include "model/vocabulary.hpp"

#include "model/error.hpp"
#include "model/words.hpp"

namespace nova {
namespace {

constexpr Words<Kind, 6> kinds{{{{Kind::api, "api"},
                                 {Kind::metadata, "metadata"},
                                 {Kind::compute, "compute"},
                                 {Kind::conductor, "conductor"},
                                 {Kind::scheduler, "scheduler"},
                                 {Kind::console_proxy, "console-proxy"}}}};
constexpr Words<State, 3> states{{{{State::up, "up"}, {State::down, "down"}, {State::unknown, "unknown"}}}};
constexpr Words<Phase, 4> phases{{{{Phase::open, "open"},
                                   {Phase::pausing, "pausing"},
                                   {Phase::paused, "paused"},
                                   {Phase::resuming, "resuming"}}}};
constexpr Words<Verb, 6> verbs{{{{Verb::pause, "pause"},
                                 {Verb::resume, "resume"},
                                 {Verb::start, "start"},
                                 {Verb::stop, "stop"},
                                 {Verb::restart, "restart"},
                                 {Verb::suspend, "suspend"}}}};
constexpr Words<Door, 3> doors{{{{Door::bus, "bus"}, {Door::rest, "rest"}, {Door::unit, "unit"}}}};
constexpr Words<Enforcer, 3> enforcers{{{{Enforcer::gate, "gate"},
                                         {Enforcer::scheduler, "scheduler"},
                                         {Enforcer::user_actions, "user_actions"}}}};
constexpr Words<EnforcementState, 4> enforcement_states{{{{EnforcementState::applied, "applied"},
                                                          {EnforcementState::pending, "pending"},
                                                          {EnforcementState::unavailable, "unavailable"},
                                                          {EnforcementState::unconfigured, "unconfigured"}}}};
constexpr Words<Outcome, 7> outcomes{{{{Outcome::accepted, "accepted"},
                                       {Outcome::running, "running"},
                                       {Outcome::succeeded, "succeeded"},
                                       {Outcome::failed, "failed"},
                                       {Outcome::refused, "refused"},
                                       {Outcome::expired, "expired"},
                                       {Outcome::indeterminate, "indeterminate"}}}};
constexpr Words<Role, 3> roles{
    {{{Role::reader, "reader"}, {Role::operator_, "operator"}, {Role::admin, "admin"}}}};
constexpr Words<Errc, 18> errors{{{{Errc::invalid_argument, "invalid-argument"},
                                   {Errc::unauthenticated, "unauthenticated"},
                                   {Errc::access_denied, "access-denied"},
                                   {Errc::interaction_required, "interaction-required"},
                                   {Errc::no_such_service, "no-such-service"},
                                   {Errc::no_such_host, "no-such-host"},
                                   {Errc::no_such_action, "no-such-action"},
                                   {Errc::held_by_others, "held-by-others"},
                                   {Errc::not_supported, "not-supported"},
                                   {Errc::conflict, "conflict"},
                                   {Errc::host_lost, "host-lost"},
                                   {Errc::deadline_exceeded, "deadline-exceeded"},
                                   {Errc::job_failed, "job-failed"},
                                   {Errc::indeterminate, "indeterminate"},
                                   {Errc::storage_failed, "storage-failed"},
                                   {Errc::too_large, "too-large"},
                                   {Errc::unavailable, "unavailable"},
                                   {Errc::internal, "internal"}}}};

constexpr std::array compute_verbs{Verb::pause, Verb::resume,  Verb::start,
                                   Verb::stop,  Verb::restart, Verb::suspend};
constexpr std::array other_verbs{Verb::start, Verb::stop, Verb::restart, Verb::suspend};

}  // namespace

std::string_view to_string(Kind v) {
  return kinds.of(v);
}
std::string_view to_string(State v) {
  return states.of(v);
}
std::string_view to_string(Phase v) {
  return phases.of(v);
}
std::string_view to_string(Verb v) {
  return verbs.of(v);
}
std::string_view to_string(Door v) {
  return doors.of(v);
}
std::string_view to_string(Enforcer v) {
  return enforcers.of(v);
}
std::string_view to_string(EnforcementState v) {
  return enforcement_states.of(v);
}
std::string_view to_string(Outcome v) {
  return outcomes.of(v);
}
std::string_view to_string(Role v) {
  return roles.of(v);
}
std::string_view to_string(Errc v) {
  return errors.of(v);
}

std::optional<Kind> parse_kind(std::string_view t) {
  return kinds.find(t);
}
std::optional<State> parse_state(std::string_view t) {
  return states.find(t);
}
std::optional<Phase> parse_phase(std::string_view t) {
  return phases.find(t);
}
std::optional<Verb> parse_verb(std::string_view t) {
  return verbs.find(t);
}
std::optional<Door> parse_door(std::string_view t) {
  return doors.find(t);
}
std::optional<Enforcer> parse_enforcer(std::string_view t) {
  return enforcers.find(t);
}
std::optional<EnforcementState> parse_enforcement_state(std::string_view t) {
  return enforcement_states.find(t);
}
std::optional<Outcome> parse_outcome(std::string_view t) {
  return outcomes.find(t);
}
std::optional<Role> parse_role(std::string_view t) {
  return roles.find(t);
}

bool is_final(Outcome outcome) {
  return outcome != Outcome::accepted && outcome != Outcome::running;
}

std::span<const Verb> verbs_of(Kind kind) {
  if (kind == Kind::compute) return compute_verbs;
  return other_verbs;
}

}  // namespace nova
