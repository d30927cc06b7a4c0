// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

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

/// A record of the REST door is made by the zone, so the zone has it, unless its store may have forgotten it.
/// What of the report is known, or too old to be taken, claims nothing.
Result<void> Zone::check_holds(const protocol::SyncRequest& report, const HoldSync::Plan& plan,
                               const Now& now) const {
  const HoldDelta& delta = report.holds.delta;
  const auto counts = [&](const Hold& hold) {
    return std::ranges::find(plan.fresh.adds, hold.id, &Hold::id) != plan.fresh.adds.end() ||
           std::ranges::find(plan.stale, hold.id, &Hold::id) != plan.stale.end();
  };
  if (plan.fresh.adds.size() + plan.stale.size() > 0)
    for (std::size_t i = 0; i < delta.adds.size(); ++i)
      if (counts(delta.adds[i]))
        if (auto ok = check_add(delta.adds[i], report, i); !ok) return ok;
  if (plan.fresh.releases.empty()) return {};
  for (std::size_t i = 0; i < delta.releases.size(); ++i)
    if (std::ranges::find(plan.fresh.releases, delta.releases[i]) != plan.fresh.releases.end())
      if (auto ok = check_release(delta.releases[i], report, i, now); !ok) return ok;
  return {};
}

Result<void> Zone::check_add(const Hold& hold, const protocol::SyncRequest& report, std::size_t index) const {
  if (!is_theirs(hold.service, report))
    return fail(Errc::access_denied,
                "cannot take hold " + to_string(hold.id) + ": service " + to_string(hold.service) +
                    " is not one of host " + report.name,
                part("holds.adds", index, "service"));
  if (hold.door != Door::rest || may_be_forgotten(hold.recorded)) return {};
  return fail(
      Errc::access_denied,
      "cannot take hold " + to_string(hold.id) +
          ": it claims the REST door, but this zone has not made it; a host makes holds at its own doors",
      part("holds.adds", index, "door"));
}

Result<void> Zone::check_release(const Release& release, const protocol::SyncRequest& report,
                                 std::size_t index, const Now& now) const {
  const Host* host = find(report.host);
  const Hold* hold = host ? host->holds.holds().find(release.hold) : nullptr;
  if (!hold) hold = find_in(report.holds.delta.adds, release.hold);
  if (hold && is_expiry(release, *hold, now.wall)) return {};
  const bool too_early = hold && release.at < hold->recorded;
  if (release.door == Door::rest && (too_early || !may_be_forgotten(release.at)))
    return fail(Errc::access_denied,
                "cannot take the release of hold " + to_string(release.hold) +
                    ": it claims the REST door, but this zone has not made it",
                part("holds.releases", index, "door"));
  if (too_early)
    return fail(Errc::access_denied,
                "cannot take the release of hold " + to_string(release.hold) + ": it is of " +
                    to_rfc3339(release.at) + ", before the hold was made",
                part("holds.releases", index, "at"));
  return {};
}

/// What of a checked delta claims the REST door and cannot be verified.
std::vector<Uuid> Zone::unverified(const Uuid& host, const HoldDelta& fresh, const Now& now) const {
  std::vector<Uuid> holds;
  for (const Hold& hold : fresh.adds)
    if (hold.door == Door::rest) holds.push_back(hold.id);
  const Host* known = find(host);
  for (const Release& release : fresh.releases) {
    if (release.door != Door::rest || std::ranges::find(holds, release.hold) != holds.end()) continue;
    const Hold* hold = known ? known->holds.holds().find(release.hold) : nullptr;
    if (!hold || !is_expiry(release, *hold, now.wall)) holds.push_back(release.hold);
  }
  return holds;
}

/// Whether the zone has any record of an action that a host reports the end of.
bool Zone::has_asked(const Uuid& action, const std::vector<ActionRecord>& recorded) const {
  return pending_hosts_.contains(action) ||
         std::ranges::find(recorded, action, [](const ActionRecord& record) { return record.action.id; }) !=
             recorded.end();
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
    // One of the REST door that is unknown here is not taken at all (plan_results).
    if (pending != pending_hosts_.end() || stored != recorded.end() || action.door == Door::rest) continue;
    const auto owner = service_hosts_.find(action.service);
    if (owner != service_hosts_.end() && owner->second != report.host)
      return refuse("its service is another host's", "service");
  }
  return {};
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
