// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/snapshot.hpp"

#include <algorithm>

#include "model/words.hpp"

namespace nova::zone {
namespace {

constexpr Words<Presence, 3> presences{
    {{{Presence::up, "up"}, {Presence::lost, "lost"}, {Presence::left, "left"}}}};

}  // namespace

std::string_view to_string(Presence presence) {
  return presences.of(presence);
}

const ServiceView* Snapshot::find_service(const Uuid& id, const HostView** host) const {
  if (!index) return nullptr;
  const auto found = index->services.find(id);
  if (found == index->services.end()) return nullptr;
  const auto& [at_host, at_service] = found->second;
  if (host) *host = hosts[at_host].get();
  return &hosts[at_host]->services[at_service];
}

const HostView* Snapshot::find_host(const std::string& name_or_id) const {
  const auto by_name = std::ranges::lower_bound(hosts, name_or_id, {}, [](const auto& h) { return h->name; });
  if (by_name != hosts.end() && (*by_name)->name == name_or_id) return by_name->get();
  const auto id = parse_uuid(name_or_id);
  if (!id || !index) return nullptr;
  const auto found = index->hosts.find(*id);
  return found == index->hosts.end() ? nullptr : hosts[found->second].get();
}

}  // namespace nova::zone
