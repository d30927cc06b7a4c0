// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/host.hpp"

#include <algorithm>
#include <tuple>

namespace nova::host {
namespace {

/// Something starts it by itself, so it is the one in use.
bool is_deployed(const std::string& unit_file_state) {
  return unit_file_state.starts_with("enabled") || unit_file_state == "generated" ||
         unit_file_state == "static";
}

/// Which of several units of one binary and instance stands for the service: one that runs, then one that is
/// in use (a disabled leftover is not), then the one that stood for it until now, so that the choice does not
/// flap; then one that is loaded, one with a unit file, the first by name.
auto rank(const FoundUnit& found, const std::string& present) {
  const UnitFacts& unit = found.facts;
  const bool runs = unit.active_state != "inactive" && unit.active_state != "failed";
  return std::make_tuple(!runs, !is_deployed(unit.unit_file_state), unit.name != present,
                         unit.load_state != "loaded", unit.unit_file_state.empty(), unit.name);
}

using Claims = std::map<Uuid, std::vector<const FoundUnit*>>;

Claims claims_of(const Uuid& host, const std::vector<FoundUnit>& units,
                 const std::map<Uuid, Service>& services) {
  Claims claims;
  for (const FoundUnit& unit : units) claims[service_id(host, unit.binary, unit.instance)].push_back(&unit);
  for (auto& [id, list] : claims) {
    const auto known = services.find(id);
    const std::string present = known == services.end() ? "" : known->second.facts.unit.name;
    std::ranges::sort(list, {}, [&](const FoundUnit* unit) { return rank(*unit, present); });
  }
  return claims;
}

ServiceFacts facts_of(const Uuid& id, const FoundUnit& unit) {
  return {id, unit.binary, unit.instance, unit.kind, unit.facts, unit.controllable};
}

}  // namespace

Host::Host(Uuid id, HostInfo info, HoldSet holds)
    : id_(id), info_(std::move(info)), holds_(std::move(holds)) {}

Changes Host::observe(const std::vector<FoundUnit>& units) {
  const auto claims = claims_of(id_, units, services_);
  Changes changes;
  for (auto known = services_.begin(); known != services_.end();) {
    if (claims.contains(known->first)) {
      ++known;
      continue;
    }
    changes.push_back({Change::What::removed, known->first, true, known->second.pause.held});
    known = services_.erase(known);
  }
  for (const auto& [id, list] : claims) {
    std::vector<std::string> shadowed;
    for (std::size_t i = 1; i < list.size(); ++i) shadowed.push_back(list[i]->facts.name);
    const auto facts = facts_of(id, *list.front());
    const auto [known, added] = services_.try_emplace(id);
    Service& service = known->second;
    if (!added && service.facts == facts && service.shadowed == shadowed) continue;
    service.facts = facts;
    service.shadowed = std::move(shadowed);
    if (added) {
      service.enforcement = unconfigured_enforcement();
      service.holds = holds_.active(id);
      service.pause = pause_state(service.holds, service.enforcement);
    }
    changes.push_back(
        {added ? Change::What::added : Change::What::changed, id, true, added && service.pause.held});
  }
  return changes;
}

Changes Host::apply(const HoldDelta& durable) {
  std::set<Uuid> touched;
  holds_.apply(durable);
  for (const Hold& hold : durable.adds) touched.insert(hold.service);
  for (const Release& release : durable.releases)
    if (const Hold* hold = holds_.find(release.hold)) touched.insert(hold->service);
  return settle(touched);
}

Changes Host::lapse(const std::vector<Uuid>& ids) {
  holds_.lapse(ids);
  std::set<Uuid> touched;
  for (const Uuid& id : ids)
    if (const Hold* hold = holds_.find(id)) touched.insert(hold->service);
  return settle(touched);
}

Changes Host::observe_enforcement(const Uuid& service, const std::vector<Enforcement>& enforcement) {
  const auto known = services_.find(service);
  if (known == services_.end() || known->second.enforcement == enforcement) return {};
  known->second.enforcement = enforcement;
  known->second.pause = pause_state(known->second.holds, enforcement);
  return {{Change::What::changed, service, false, true}};
}

void Host::observe_self(double load1, WallTime boot_time) {
  info_.load1 = load1;
  const auto known = info_.boot_time.value_or(WallTime{});
  if (std::chrono::abs(boot_time - known) >= std::chrono::seconds{1}) info_.boot_time = boot_time;
}

Changes Host::settle(const std::set<Uuid>& touched) {
  Changes changes;
  for (const Uuid& id : touched) {
    const auto known = services_.find(id);
    if (known == services_.end()) continue;
    Service& service = known->second;
    auto holds = holds_.active(id);
    const auto pause = pause_state(holds, service.enforcement);
    if (holds == service.holds && pause == service.pause) continue;
    service.holds = std::move(holds);
    service.pause = pause;
    changes.push_back({Change::What::changed, id, false, true});
  }
  return changes;
}

const Service* Host::find(const Uuid& service) const {
  const auto known = services_.find(service);
  return known == services_.end() ? nullptr : &known->second;
}

const Service* Host::find_unit(const std::string& unit_or_alias) const {
  for (const auto& [id, service] : services_) {
    const UnitFacts& unit = service.facts.unit;
    if (unit.name == unit_or_alias || std::ranges::binary_search(unit.aliases, unit_or_alias))
      return &service;
  }
  return nullptr;
}

}  // namespace nova::host
