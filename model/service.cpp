// SPDX-License-Identifier: Apache-2.0
#include "model/service.hpp"

#include <algorithm>

namespace nova {
namespace {

std::string fitting(const ServiceFacts& service) {
  std::string words;
  for (Verb verb : verbs_of(service.kind)) {
    if (verb == Verb::suspend && service.unit.payload_elsewhere) continue;
    if (!words.empty()) words += ", ";
    words += to_string(verb);
  }
  return words;
}

bool starts_something(Verb verb) {
  return verb == Verb::start || verb == Verb::restart;
}

}  // namespace

Uuid service_id(const Uuid& host, std::string_view binary, std::string_view instance) {
  std::string name(binary);
  if (!instance.empty()) name.append("@").append(instance);
  return name_uuid(host, name);
}

State state_of(const UnitFacts& unit) {
  const bool running =
      unit.active_state == "active" || unit.active_state == "reloading" || unit.active_state == "refreshing";
  const bool frozen = unit.freezer_state.starts_with("frozen") || unit.freezer_state.starts_with("freezing");
  return running && !frozen ? State::up : State::down;
}

std::optional<Error> unfit(Verb verb, const ServiceFacts& service) {
  const auto refuse = [&](const std::string& why) {
    return Error{Errc::not_supported,
                 "cannot " + std::string(to_string(verb)) + " " + service.unit.name + ": " + why +
                     "; what fits: " + fitting(service),
                 "verb"};
  };
  if (std::ranges::find(verbs_of(service.kind), verb) == verbs_of(service.kind).end())
    return refuse("services of kind " + std::string(to_string(service.kind)) + " do not know it");
  if (verb == Verb::pause || verb == Verb::resume) return std::nullopt;
  if (!service.controllable)
    return refuse("the unit is outside the installed polkit rule (see novahostd --polkit-rule)");
  if (verb == Verb::suspend && service.unit.payload_elsewhere)
    return refuse("its unit runs only a container engine's client, freezing that would not stop Nova");
  if (verb == Verb::suspend && service.unit.active_state != "active")
    return refuse(
        "it is " +
        (service.unit.active_state.empty() ? std::string("not loaded") : service.unit.active_state) +
        ", only an active unit can be suspended");
  if (starts_something(verb) &&
      (service.unit.load_state == "masked" || service.unit.unit_file_state == "masked"))
    return refuse("the unit is masked");
  return std::nullopt;
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
