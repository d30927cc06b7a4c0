// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/zone.hpp"

#include <algorithm>

namespace nova::zone {
namespace {

/// What an unfinished PAUSE or RESUME of an earlier start waits for.
std::vector<Uuid> waits_of(const Action& action, const HoldSet& holds) {
  if (action.hold) return {*action.hold};
  std::vector<Uuid> released;
  if (action.verb != Verb::resume) return released;
  const HoldDelta all = holds.everything();
  for (const Hold& hold : all.adds)
    if (hold.service == action.service && holds.release_of(hold.id)) released.push_back(hold.id);
  return released;
}

}  // namespace

Zone::Zone(Settings settings, Uuid incarnation, const Memory& memory, const Now& started)
    : settings_(std::move(settings)),
      incarnation_(incarnation),
      born_(memory.born),
      forgotten_(memory.forgotten) {
  for (const HostRecord& record : memory.hosts) load(record);
  for (const auto& [id, delta] : memory.holds)
    if (const auto host = hosts_.find(id); host != hosts_.end()) {
      host->second->holds.add(delta);
      host->second->review_until();
    } else {
      former_holds_[id] = delta;
    }
  for (const ActionRecord& record : memory.unfinished) {
    const auto host = hosts_.find(record.host);
    if (host == hosts_.end()) continue;
    host->second->pending[record.action.id] = {
        .action = record.action, .waits_for = waits_of(record.action, host->second->holds.holds())};
    pending_hosts_[record.action.id] = record.host;
  }
  for (const CommandRecord& record : memory.commands) {
    const auto host = pending_hosts_.find(record.command.id);
    if (host == pending_hosts_.end()) continue;
    auto& command = hosts_.at(host->second)->pending.at(record.command.id).command;
    command = record;
    if (!record.this_boot) command->deadline = started.boot;
  }
}

void Zone::load(const HostRecord& record) {
  Host& host = add_host(record.id, record.name);
  host.info = record.info;
  host.services = record.services;
  host.pulse->hear(record.last_seen);
  if (!record.info.daemon.empty()) host.pulse->take_load(record.info.load1, record.last_seen);
  nova_names_[host.info.name] = host.id;
  index_services(host, {});
}

Host& Zone::add_host(const Uuid& id, const std::string& name) {
  auto& host = hosts_[id];
  host = std::make_unique<Host>(id, born_);
  host->holds = former_holds(id);
  host->review_until();
  former_holds_.erase(id);
  rename(*host, name);
  return *host;
}

HoldSync Zone::former_holds(const Uuid& id) const {
  HoldSync sync(born_);
  if (const auto former = former_holds_.find(id); former != former_holds_.end()) sync.add(former->second);
  return sync;
}

void Zone::rename(Host& host, const std::string& name) {
  if (const auto former = names_.find(host.name); former != names_.end() && former->second == host.id)
    names_.erase(former);
  host.name = name;
  names_[name] = host.id;
  changed_.insert(host.id);
  regrouped_ = true;
}

const Host* Zone::find(const Uuid& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? nullptr : found->second.get();
}

const Host* Zone::host_of(const Uuid& service) const {
  const auto found = service_hosts_.find(service);
  return found == service_hosts_.end() ? nullptr : find(found->second);
}

const Action* Zone::unfinished(const Uuid& action) const {
  const auto host = pending_hosts_.find(action);
  return host == pending_hosts_.end() ? nullptr : &hosts_.at(host->second)->pending.at(action).action;
}

void Zone::index_services(const Host& host, const std::vector<StoredService>& former) {
  const bool same = std::ranges::equal(
      former, host.services, {}, [](const auto& s) { return s.facts.id; },
      [](const auto& s) { return s.facts.id; });
  if (same) return;
  for (const StoredService& service : former) service_hosts_.erase(service.facts.id);
  for (const StoredService& service : host.services) service_hosts_[service.facts.id] = host.id;
  regrouped_ = true;
}

void Zone::settle(const std::vector<ActionRecord>& actions, Effect& effect) {
  for (const auto& [host_id, action] : actions) {
    if (is_final(action.outcome)) {
      effect.finished.push_back(action.id);
      effect.notes.push_back({Note::What::action_ended, host_id, action.id,
                              std::string(to_string(action.verb)) + " by " +
                                  full_name(action.actor, action.door, name_of(host_id)) + ": " +
                                  std::string(to_string(action.outcome)) + " " + action.message});
    }
    const auto host = pending_hosts_.find(action.id);
    if (host == pending_hosts_.end()) continue;
    auto& pending = hosts_.at(host->second)->pending;
    if (is_final(action.outcome)) {
      pending.erase(action.id);
      pending_hosts_.erase(host);
    } else {
      pending.at(action.id).action = action;
    }
  }
}

std::string Zone::name_of(const Uuid& host) const {
  const auto found = hosts_.find(host);
  return found == hosts_.end() ? "" : found->second->name;
}

void Zone::note_records(const Uuid& host, const HoldDelta& delta, Effect& effect) const {
  const std::string name = name_of(host);
  for (const Hold& hold : delta.adds)
    effect.notes.push_back(
        {Note::What::hold_added, host, hold.id,
         "held by " + describe({hold}, name) + " (door " + std::string(to_string(hold.door)) + ")"});
  for (const Release& release : delta.releases)
    effect.notes.push_back({Note::What::hold_released, host, release.hold,
                            "released by " + full_name(release.actor, release.door, name) + " (door " +
                                std::string(to_string(release.door)) + ") " + release.message});
}

void Zone::regroup(Snapshot& next) const {
  auto index = std::make_shared<Index>();
  index->hosts.reserve(next.hosts.size());
  index->services.reserve(service_hosts_.size());
  for (std::uint32_t h = 0; h < next.hosts.size(); ++h) {
    index->hosts[next.hosts[h]->id] = h;
    for (std::uint32_t s = 0; s < next.hosts[h]->services.size(); ++s)
      index->services[next.hosts[h]->services[s].facts.id] = {h, s};
  }
  next.index = std::move(index);
}

void Zone::renew_views(const Now& now) {
  for (const Uuid& id : changed_)
    if (const auto found = hosts_.find(id); found != hosts_.end()) ++found->second->generation;
  quietly_changed_.insert(changed_.begin(), changed_.end());
  for (const Uuid& id : quietly_changed_)
    if (const auto found = hosts_.find(id); found != hosts_.end())
      found->second->view = build_view(*found->second, now.wall);
}

std::shared_ptr<const Snapshot> Zone::snapshot(const Now& now) {
  if (snapshot_ && !changed()) return snapshot_;
  if (!snapshot_ || changes_count()) ++generation_;
  auto next = std::make_shared<Snapshot>(Snapshot{
      .generation = generation_, .incarnation = incarnation_, .zone_name = settings_.name, .at = now.wall});
  renew_views(now);
  if (regrouped_) {
    next->hosts.reserve(hosts_.size());
    for (const auto& [id, host] : hosts_) next->hosts.push_back(host->view);
    std::ranges::sort(next->hosts, {}, [](const auto& view) -> const std::string& { return view->name; });
    regroup(*next);
  } else {
    next->hosts = snapshot_->hosts;
    next->index = snapshot_->index;
    for (const Uuid& id : quietly_changed_)
      if (const auto at = next->index->hosts.find(id); at != next->index->hosts.end())
        next->hosts[at->second] = hosts_.at(id)->view;
  }
  changed_.clear();
  quietly_changed_.clear();
  regrouped_ = false;
  snapshot_ = next;
  return next;
}

}  // namespace nova::zone
