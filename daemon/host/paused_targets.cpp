// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/paused_targets.hpp"

#include <algorithm>
#include <utility>

namespace nova::host {
namespace {

bool can_pause(const Service& service) {
  const auto verbs = verbs_of(service.facts.kind);
  return std::ranges::find(verbs, Verb::pause) != verbs.end();
}

}  // namespace

PausedTargets::PausedTargets(Agent& agent, Ports ports) : agent_(agent), ports_(std::move(ports)) {
  agent_.add(*this);
  for (const auto& [id, service] : agent_.host().services()) decide(id);
  look_around();
}

PausedTargets::~PausedTargets() {
  agent_.remove(*this);
}

std::string PausedTargets::target_of(const std::string& unit) {
  return "novahost-paused@" + unit.substr(0, unit.rfind(".service")) + ".target";
}

/// What is active already needs no call, and may be more than is wanted.
void PausedTargets::look_around() {
  const std::weak_ptr<bool> alive = alive_;
  ports_.control.active_targets([this, alive](const Result<std::vector<std::string>>& active) {
    if (alive.expired()) return;
    if (active) return found(*active);
    if (!std::exchange(looking_failed_, true)) ports_.failed("novahost-paused@*.target", active.error());
    // What an earlier run left has to wait; what is wanted now has not.
    for (const auto& [name, target] : targets_) follow(name);
    retry_later();
  });
}

void PausedTargets::found(const std::vector<std::string>& active) {
  looked_around_ = true;
  for (const std::string& name : active) targets_[name];
  for (auto& [name, target] : targets_)
    if (!target.in_flight && !target.set) target.set = std::ranges::find(active, name) != active.end();
  for (const auto& [name, target] : targets_) follow(name);
}

void PausedTargets::changed(const Changes& changes) {
  for (const Change& change : changes) decide(change.service);
}

void PausedTargets::decide(const Uuid& id) {
  const Service* service = agent_.host().find(id);
  if (service && !can_pause(*service)) return;
  // A service whose unit went away is paused no more for those that hang on its target.
  if (!service && !names_.contains(id)) return;
  const auto name = service ? target_of(service->facts.unit.name) : names_[id];
  const auto before = std::exchange(names_[id], name);
  if (!before.empty() && before != name) {
    targets_[before].wanted = false;
    follow(before);
  }
  targets_[name].wanted = service && service->pause.paused;
  follow(name);
}

void PausedTargets::follow(const std::string& name) {
  Target& target = targets_[name];
  const bool too_early = !looked_around_ && !looking_failed_;
  if (too_early || target.in_flight || target.set == target.wanted) return;
  target.in_flight = true;
  const std::weak_ptr<bool> alive = alive_;
  ports_.control.set_target(name, target.wanted,
                            [this, alive, name, wanted = target.wanted](const Result<void>& result) {
                              if (!alive.expired()) answered(name, wanted, result);
                            });
}

void PausedTargets::answered(const std::string& name, bool wanted, const Result<void>& result) {
  Target& target = targets_[name];
  target.in_flight = false;
  target.set = result ? std::optional(wanted) : std::nullopt;
  if (!result && !target.refused) ports_.failed(name, result.error());
  target.refused = !result;
  if (result) pause_ = first_retry;
  if (result || target.wanted != wanted) return follow(name);
  retry_later();
}

void PausedTargets::retry_later() {
  if (std::exchange(retrying_, true)) return;
  const std::weak_ptr<bool> alive = alive_;
  ports_.after(pause_, [this, alive] {
    if (!alive.expired()) retry();
  });
  pause_ = std::min(pause_ * 2, longest_retry);
}

void PausedTargets::retry() {
  retrying_ = false;
  if (!looked_around_) look_around();
  for (const auto& [name, target] : targets_)
    if (target.refused) follow(name);
}

}  // namespace nova::host
