// SPDX-License-Identifier: Apache-2.0
#include "model/service.hpp"

#include <algorithm>

namespace nova {
namespace {

bool is_masked(const UnitFacts& unit) {
  return unit.load_state == "masked" || unit.unit_file_state.starts_with("masked");
}

/// Why this verb does not fit the service as it is now, for a person; nothing where it fits.
std::optional<std::string> why_not(Verb verb, const ServiceFacts& service) {
  const UnitFacts& unit = service.unit;
  if (std::ranges::find(verbs_of(service.kind), verb) == verbs_of(service.kind).end())
    return "services of kind " + std::string(to_string(service.kind)) + " do not know it";
  if (verb == Verb::pause || verb == Verb::resume) return std::nullopt;
  if (!service.controllable)
    return "the unit is outside the installed polkit rule (see novahostd --polkit-rule)";
  if (verb == Verb::suspend) {
    if (unit.payload_elsewhere)
      return "its unit runs only a container engine's client, freezing that would not stop Nova";
    if (unit.active_state != "active")
      return "it is " + (unit.active_state.empty() ? "not loaded" : unit.active_state) +
             ", only an active unit can be suspended";
  }
  if (verb == Verb::start || verb == Verb::restart) {
    if (is_masked(unit)) return "the unit is masked";
    if (unit.load_state == "not-found") return "its unit file is gone";
  }
  return std::nullopt;
}

std::string fitting(const ServiceFacts& service) {
  std::string words;
  for (const Verb verb : verbs_of(service.kind)) {
    if (why_not(verb, service)) continue;
    if (!words.empty()) words += ", ";
    words += to_string(verb);
  }
  return words.empty() ? "nothing fits" : "what fits: " + words;
}

}  // namespace

Uuid service_id(const Uuid& host, std::string_view binary, std::string_view instance) {
  std::string name(binary);
  if (!instance.empty()) name.append("@").append(instance);
  return name_uuid(host, name);
}

bool is_frozen(std::string_view freezer_state) {
  return freezer_state.starts_with("frozen") || freezer_state.starts_with("freezing");
}

State state_of(const UnitFacts& unit) {
  const bool running =
      unit.active_state == "active" || unit.active_state == "reloading" || unit.active_state == "refreshing";
  const bool frozen = is_frozen(unit.freezer_state) && !unit.payload_elsewhere;
  return running && !frozen ? State::up : State::down;
}

std::optional<Error> unfit(Verb verb, const ServiceFacts& service) {
  const auto why = why_not(verb, service);
  if (!why) return std::nullopt;
  return Error{Errc::not_supported,
               "cannot " + std::string(to_string(verb)) + " " + service.unit.name + ": " + *why + "; " +
                   fitting(service),
               "verb"};
}

PauseState pause_state(const std::vector<Hold>& active, const std::vector<Enforcement>& enforcement) {
  if (active.empty()) return {};
  const auto asked = [&](Enforcer enforcer) {
    return std::ranges::any_of(active, [&](const Hold& hold) { return hold.enforce.contains(enforcer); });
  };
  const bool applied = std::ranges::all_of(enforcement, [&](const Enforcement& e) {
    return !asked(e.enforcer) || e.state == EnforcementState::applied ||
           e.state == EnforcementState::unconfigured;
  });
  return {.held = true, .paused = applied, .phase = applied ? Phase::paused : Phase::pausing};
}

std::vector<Enforcement> unconfigured_enforcement() {
  return {
      {.enforcer = Enforcer::gate}, {.enforcer = Enforcer::scheduler}, {.enforcer = Enforcer::user_actions}};
}

}  // namespace nova
