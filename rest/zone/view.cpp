// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/zone/host.hpp"

namespace nova::zone {
namespace {

ServiceView view_of(const Host& host, const StoredService& service,
                    std::map<Uuid, std::vector<Hold>>& active) {
  ServiceView view{.facts = service.facts,
                   .state = host.is_live() ? state_of(service.facts.unit) : State::unknown,
                   .updated_at = service.updated_at};
  if (const auto holds = active.find(service.facts.id); holds != active.end())
    view.holds = std::move(holds->second);
  for (const Hold& hold : host.holds.stale())
    if (hold.service == service.facts.id) view.stale_holds.push_back(hold);
  if (service.facts.kind == Kind::compute) view.enforcement = unconfigured_enforcement();
  view.pause = pause_state(view.holds, view.enforcement);
  return view;
}

/// A view equal to the former one keeps its moment, a different one has changed now.
void date(ServiceView& view, const HostView& former, WallTime now) {
  const auto found = std::ranges::find(former.services, view.facts.id,
                                       [](const ServiceView& known) { return known.facts.id; });
  if (found == former.services.end()) return;
  view.updated_at = found->updated_at;
  if (view != *found) view.updated_at = now;
}

}  // namespace

std::shared_ptr<const HostView> build_view(const Host& host, WallTime now) {
  auto view = std::make_shared<HostView>(HostView{.id = host.id,
                                                  .name = host.name,
                                                  .presence = host.presence,
                                                  .pulse = host.pulse,
                                                  .info = host.info,
                                                  .generation = host.generation,
                                                  .journal = host.journal});
  auto active = host.holds.holds().active();
  view->services.reserve(host.services.size());
  for (const StoredService& service : host.services) {
    view->services.push_back(view_of(host, service, active));
    if (host.view) date(view->services.back(), *host.view, now);
  }
  if (host.voices.in_conflict())
    view->conflict = "several machines use the host id " + to_string(host.id) + ": " + host.voices.describe();
  return view;
}

}  // namespace nova::zone
