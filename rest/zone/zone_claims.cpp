// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/zone/zone.hpp"

namespace nova::zone {
namespace {

std::string part(std::string_view list, std::size_t index, std::string_view member) {
  return std::string(list) + "[" + std::to_string(index) + "]." + std::string(member);
}

/// The record that both sides write when an `until` has passed (plan_expiry): the host may have written it
/// whatever the hold's door.
bool is_expiry(const Release& release, const Hold& hold, WallTime now) {
  return hold.until && *hold.until <= now &&
         release ==
             Release{hold.id, hold.actor, std::max(*hold.until, hold.recorded), hold.door, "until passed"};
}

const Hold* find_in(const std::vector<Hold>& holds, const Uuid& id) {
  const auto found = std::ranges::find(holds, id, &Hold::id);
  return found == holds.end() ? nullptr : &*found;
}

std::string brief(const Uuid& id, const std::string& name) {
  return name + " (" + to_string(id) + ")";
}

}  // namespace

Result<void> Zone::check_identity(const protocol::SyncRequest& report) const {
  const auto claims = [&](const std::unordered_map<std::string, Uuid>& names, const std::string& name) {
    const auto known = names.find(name);
    return known != names.end() && known->second != report.host ? find(known->second) : nullptr;
  };
  if (const Host* other = claims(names_, report.name))
    return fail(Errc::conflict,
                "cannot take the report of host id " + to_string(report.host) + ": the name " + report.name +
                    " belongs to host id " + to_string(other->id) + "; remove that host, or use another name",
                "name");
  const Host* other = report.info ? claims(nova_names_, report.info->name) : nullptr;
  if (other)
    return fail(Errc::conflict,
                "cannot take the report of " + brief(report.host, report.name) + ": as " + report.info->name +
                    " Nova knows the host " + brief(other->id, other->name) +
                    "; correct NovaHost= on one of them",
                "info.name");
  const Host* known = find(report.host);
  if (known && known->name != report.name && known->presence == Presence::up)
    return fail(Errc::conflict,
                "cannot take the report of " + brief(report.host, report.name) + ": the host " +
                    brief(known->id, known->name) + " lives and has the same host id; enrol one of them anew",
                "host");
  return {};
}

bool Zone::may_be_forgotten(WallTime recorded, Millis under_way) const {
  return std::ranges::any_of(forgotten_, [&](const auto& gap) {
    return gap.first <= recorded && recorded - under_way <= gap.second;
  });
}

bool Zone::is_theirs(const Uuid& service, const protocol::SyncRequest& report) const {
  const auto owner = service_hosts_.find(service);
  // One that nobody has may have been the host's: its unit is gone, or comes back. The hold is kept with this
  // host's and counts for nobody else's service, whatever id it names.
  return owner == service_hosts_.end() || owner->second == report.host;
}

Result<void> Zone::check_holds(const protocol::SyncRequest& report, const Now& now) const {
  const Host* host = find(report.host);
  const auto known = [&](const Uuid& id) { return host ? host->holds.holds().find(id) : nullptr; };
  const WallTime cutoff = now.wall - HoldSet::retention;
  const HoldDelta& delta = report.holds.delta;
  for (std::size_t i = 0; i < delta.adds.size(); ++i) {
    const Hold& hold = delta.adds[i];
    if (known(hold.id)) continue;
    if (!is_theirs(hold.service, report))
      return fail(Errc::access_denied,
                  "cannot take hold " + to_string(hold.id) + ": service " + to_string(hold.service) +
                      " is not one of host " + report.name,
                  part("holds.adds", i, "service"));
    // An old one is judged by its age: it is not taken anyway, or this store is younger than it.
    if (hold.door == Door::rest && hold.recorded >= cutoff && !may_be_forgotten(hold.recorded))
      return fail(
          Errc::access_denied,
          "cannot take hold " + to_string(hold.id) +
              ": it claims the REST door, but this zone has not made it; a host makes holds at its own doors",
          part("holds.adds", i, "door"));
  }
  for (std::size_t i = 0; i < delta.releases.size(); ++i) {
    const Release& release = delta.releases[i];
    if (release.door != Door::rest || release.at < cutoff || may_be_forgotten(release.at)) continue;
    const Release* ours = host ? host->holds.holds().release_of(release.hold) : nullptr;
    if (ours && *ours == release) continue;
    const Hold* hold = known(release.hold) ? known(release.hold) : find_in(delta.adds, release.hold);
    if (hold && is_expiry(release, *hold, now.wall)) continue;
    return fail(Errc::access_denied,
                "cannot take the release of hold " + to_string(release.hold) +
                    ": it claims the REST door, but this zone has not made it",
                part("holds.releases", i, "door"));
  }
  return {};
}

Result<void> Zone::check_actions(const protocol::SyncRequest& report,
                                 const std::vector<ActionRecord>& recorded) const {
  for (std::size_t i = 0; i < report.actions.size(); ++i) {
    const Action& action = report.actions[i];
    const auto refuse = [&](const std::string& why, std::string_view member) {
      return fail(Errc::access_denied, "cannot take action " + to_string(action.id) + ": " + why,
                  part("actions", i, member));
    };
    const auto pending = pending_hosts_.find(action.id);
    const auto stored =
        std::ranges::find(recorded, action.id, [](const ActionRecord& record) { return record.action.id; });
    if (pending != pending_hosts_.end() ? pending->second != report.host
                                        : stored != recorded.end() && stored->host != report.host)
      return refuse("it was asked of another host", "id");
    if (pending != pending_hosts_.end() || stored != recorded.end()) continue;
    const auto owner = service_hosts_.find(action.service);
    if (owner != service_hosts_.end() && owner->second != report.host)
      return refuse("its service is another host's", "service");
    // The host notes when it began; the answer with the command may have been under way that long.
    if (action.door == Door::rest && !may_be_forgotten(action.requested, longest_command_time))
      return refuse("it claims the REST door, but this zone has not asked for it", "door");
  }
  return {};
}

Result<void> Zone::check_voice(const protocol::SyncRequest& report, const Now& now) {
  const auto found = hosts_.find(report.host);
  if (found == hosts_.end()) return {};  // its first word, remembered by apply()
  Host& host = *found->second;
  const bool was = host.voices.in_conflict();
  const auto verdict = host.voices.hear(report, now.boot, lost_after(hosts_.size()));
  if (was != host.voices.in_conflict()) changed_.insert(host.id);
  if (verdict == Voices::Verdict::current || verdict == Voices::Verdict::changed) return {};
  const std::string who = verdict == Voices::Verdict::conflict
                              ? "several machines use its host id, none is believed until one is alone: "
                              : "a later start of the host speaks already: ";
  return fail(Errc::conflict,
              "cannot take the report of " + brief(report.host, report.name) + ": " + who +
                  host.voices.describe() + "; give a copied machine a host id of its own (enrol it anew)",
              "incarnation");
}

}  // namespace nova::zone
