// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/paused_targets.hpp"

#include <algorithm>

namespace nova::host {
namespace {

bool can_pause(const Service& service) {
  const auto verbs = verbs_of(service.facts.kind);
  return std::ranges::find(verbs, Verb::pause) != verbs.end();
}

}  // namespace

PausedTargets::PausedTargets(Agent& agent, UnitControl& control,
                             std::function<void(const std::string&, const Error&)> failed)
    : agent_(agent), control_(control), failed_(std::move(failed)) {
  agent_.add(*this);
}

PausedTargets::~PausedTargets() {
  agent_.remove(*this);
}

std::string PausedTargets::target_of(const std::string& unit) {
  return "novahost-paused@" + unit.substr(0, unit.rfind(".service")) + ".target";
}

void PausedTargets::changed(const Changes& changes) {
  for (const Change& change : changes) {
    const Service* service = agent_.host().find(change.service);
    if (service && !can_pause(*service)) continue;
    // A service whose unit went away is paused no more for those that hang on its target.
    if (!service && !names_.contains(change.service)) continue;
    const auto name = service ? target_of(service->facts.unit.name) : names_[change.service];
    const auto before = names_[change.service];
    if (!before.empty() && before != name) {
      targets_[before].wanted = false;
      follow(before);
    }
    names_[change.service] = name;
    targets_[name].wanted = service && service->pause.paused;
    follow(name);
  }
}

void PausedTargets::follow(const std::string& name) {
  Target& target = targets_[name];
  if (target.in_flight || target.set == target.wanted) return;
  target.in_flight = true;
  const bool wanted = target.wanted;
  const std::weak_ptr<bool> alive = alive_;
  control_.set_target(name, wanted, [this, alive, name, wanted](const Result<void>& result) {
    if (alive.expired()) return;
    Target& done = targets_[name];
    done.in_flight = false;
    done.set = result ? std::optional(wanted) : std::nullopt;
    if (!result) failed_(name, result.error());
    if (result || done.wanted != wanted) follow(name);
  });
}

}  // namespace nova::host
