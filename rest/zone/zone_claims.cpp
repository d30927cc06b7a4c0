// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "rest/zone/zone.hpp"

namespace nova::zone {
namespace {

/// The record that both sides write when an `until` has passed (plan_expiry): the host may have written it
/// whatever the hold's door.
bool is_expiry(const Release& release, const Hold& hold, WallTime now) {
  return hold.until && *hold.until <= now &&
         release ==
             Release{hold.id, hold.actor, std::max(*hold.until, hold.recorded), hold.door, "until passed"};
}

std::string brief(const Uuid& id, const std::string& name) {
  return name + " (" + to_string(id) + ")";
}

}  // namespace

Result<void> Zone::check_identity(const protocol::SyncRequest& report) {
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
  const auto same = hosts_.find(report.host);
  if (same == hosts_.end()) return {};
  Host& known = *same->second;
  if (known.name == report.name || known.presence != Presence::up) return {};
  const std::string why = "the host " + brief(known.id, known.name) + " lives and has the same host id";
  if (std::exchange(known.namesake, report.name) != report.name)
    notes_.push_back({Note::What::host_conflict, known.id, {}, "refused " + report.name + ": " + why});
  return fail(Errc::conflict,
              "cannot take the report of " + brief(report.host, report.name) + ": " + why +
                  "; enrol one of them anew",
              "host");
}

bool Zone::may_be_forgotten(WallTime recorded) const {
  return std::ranges::any_of(
      forgotten_, [&](const auto& gap) { return gap.first <= recorded && recorded <= gap.second; });
}

bool Zone::is_theirs(const Uuid& service, const protocol::SyncRequest& report) const {
  const auto owner = service_hosts_.find(service);
  // One that nobody has may have been the host's: its unit is gone, or comes back. The hold is kept with this
  // host's and counts for nobody else's service, whatever id it names.
  return owner == service_hosts_.end() || owner->second == report.host;
}

/// A record of the REST door is made by the zone, so the zone has it, unless its store may have forgotten it:
/// its date proves nothing.
std::string Zone::unbelievable(const Hold& hold, const protocol::SyncRequest& report,
                               const HoldSet& ours) const {
  if (ours.find(hold.id) || ours.successor(hold.id)) return "";
  if (!is_theirs(hold.service, report))
    return "service " + to_string(hold.service) + " is not one of host " + report.name;
  if (hold.door == Door::rest && !may_be_forgotten(hold.recorded))
    return "it claims the REST door, but this zone has not made it; a host makes holds at its own doors";
  return "";
}

std::string Zone::unbelievable(const Release& release, const Hold* hold, const HoldSet& ours,
                               const Now& now) const {
  if (const Release* known = ours.release_of(release.hold); known && *known == release) return "";
  if (hold && is_expiry(release, *hold, now.wall)) return "";
  if (hold && release.at < hold->recorded)
    return "its release is of " + to_rfc3339(release.at) + ", before the hold was made";
  if (release.door == Door::rest && !may_be_forgotten(release.at))
    return "its release claims the REST door, but this zone has not made it";
  return "";
}

/// What of a believed delta claims the REST door and cannot be verified.
std::vector<Uuid> Zone::unverified(const HoldDelta& fresh, const HoldSet& ours, const Now& now) {
  std::vector<Uuid> holds;
  for (const Hold& hold : fresh.adds)
    if (hold.door == Door::rest) holds.push_back(hold.id);
  for (const Release& release : fresh.releases) {
    if (release.door != Door::rest || std::ranges::find(holds, release.hold) != holds.end()) continue;
    const Hold* hold = ours.find(release.hold);
    if (!hold || !is_expiry(release, *hold, now.wall)) holds.push_back(release.hold);
  }
  return holds;
}

HoldDelta Zone::believed(const protocol::SyncRequest& report, const HoldSync& sync, const Now& now,
                         std::vector<Note>& notes) const {
  const HoldSet& ours = sync.holds();
  std::map<Uuid, const Hold*> theirs;
  std::set<Uuid> refused;
  HoldDelta believed;
  const auto leave_out = [&](const Uuid& id, const std::string& why, bool known) {
    refused.insert(id);
    if (!known)
      notes.push_back({Note::What::hold_refused, report.host, id,
                       "cannot take hold " + to_string(id) + " of host " + report.name + ": " + why});
  };
  for (const Hold& hold : report.holds.delta.adds) {
    theirs.emplace(hold.id, &hold);
    if (const auto why = unbelievable(hold, report, ours); why.empty())
      believed.adds.push_back(hold);
    else
      leave_out(hold.id, why, sync.theirs().find(hold.id));
  }
  for (const Release& release : report.holds.delta.releases) {
    if (refused.contains(release.hold)) continue;
    const Hold* hold = ours.find(release.hold);
    if (const auto found = theirs.find(release.hold); !hold && found != theirs.end()) hold = found->second;
    if (const auto why = unbelievable(release, hold, ours, now); why.empty())
      believed.releases.push_back(release);
    else
      leave_out(release.hold, why, sync.theirs().release_of(release.hold));
  }
  return believed;
}

std::string Zone::unbelievable(const Action& action, const protocol::SyncRequest& report,
                               const std::vector<ActionRecord>& recorded) const {
  const auto pending = pending_hosts_.find(action.id);
  const auto stored =
      std::ranges::find(recorded, action.id, [](const ActionRecord& record) { return record.action.id; });
  if (pending != pending_hosts_.end() ? pending->second != report.host
                                      : stored != recorded.end() && stored->host != report.host)
    return "it was asked of another host";
  if (pending != pending_hosts_.end() || stored != recorded.end()) return "";
  const auto owner = service_hosts_.find(action.service);
  if (owner != service_hosts_.end() && owner->second != report.host) return "its service is another host's";
  // Its dates say nothing: they are the host's clock.
  if (action.door == Door::rest)
    return "it claims the REST door, but this zone knows nothing of it (a database was restored?)";
  return "";
}

Result<void> Zone::check_voice(const protocol::SyncRequest& report, const Now& now) {
  const auto found = hosts_.find(report.host);
  if (found == hosts_.end()) return {};  // its first word, remembered by apply()
  Host& host = *found->second;
  const bool was = host.voices.in_conflict();
  const auto verdict = host.voices.hear(report, now.boot, lost_after(hosts_.size()));
  if (was != host.voices.in_conflict()) {
    changed_.insert(host.id);
    notes_.push_back({Note::What::host_conflict,
                      host.id,
                      {},
                      was ? "host " + host.name + " is alone under its host id again"
                          : "several machines use the host id of " + host.name +
                                ", none is believed until one is alone: " + host.voices.describe()});
  }
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
