// SPDX-License-Identifier: Apache-2.0
#include "model/hold_rules.hpp"

#include <algorithm>

#include "model/hold_chain.hpp"
#include "model/hold_weight.hpp"

namespace nova {
namespace {

bool made_by(const Hold& hold, const Caller& caller) {
  return hold.actor == caller.actor && hold.door == caller.door;
}

std::string owner_label(const std::string& owner, const Caller& caller) {
  return owner.empty() ? caller.actor : owner;
}

Release release_of(const Hold& hold, const Caller& caller, std::string message, WallTime now) {
  // A clock that went backwards must not make a release older than its hold.
  return Release{hold.id, caller.actor, std::max(now, hold.recorded), caller.door, std::move(message)};
}

bool same_wish(const Hold& hold, const PauseRequest& request, const std::set<Enforcer>& enforce) {
  return hold.reason == request.reason && hold.until == request.until && hold.enforce == enforce;
}

/// The holds of one owner as this caller means it: a plain owner label is looked for in the caller's realm
/// first, so that a host's "alice" and the zone's "alice" stay two people. A unit means its own, whoever else
/// may have used its label.
std::vector<Hold> holds_of(const std::vector<Hold>& active, const std::string& owner, const Caller& caller,
                           bool owner_given) {
  const bool anybodys = owner_given && caller.door != Door::unit;
  std::vector<Hold> found;
  for (const Hold& hold : active)
    if (hold.owner == owner && (anybodys || made_by(hold, caller))) found.push_back(hold);
  return found;
}

/// Whether a PAUSE may add what it adds. One that only takes the place of its predecessor always may.
Result<void> check_room(const HoldSet& holds, const HoldDelta& delta, std::size_t max_weight) {
  std::size_t before = holds.weight();
  std::size_t after = before;
  for (const Hold& old : holds.superseded_by(delta).adds) {
    const Release* release = holds.release_of(old.id);
    after -= weight_of(old) + (release ? weight_of(*release) : heaviest_release());
  }
  for (const Hold& hold : delta.adds) after += weight_of(hold) + heaviest_release();
  if (after <= max_weight || after <= before) return {};
  return fail(
      Errc::unavailable,
      "cannot pause: this host has " + std::to_string(holds.size()) +
          " holds of the last 90 days, and no more fit; let the tool that pauses so often always name "
          "the same owner (to renew takes no room), or resume holds that nobody needs",
      "owner");
}

/// Why a RESUME that released nothing did so, with what would.
std::string why_still_held(const std::vector<Hold>& active, const ResumeRequest& request) {
  const std::string held = "cannot resume: held by " + describe(active, request.host);
  const auto own = std::ranges::find_if(active, [&](const Hold& h) { return made_by(h, request.caller); });
  if (own == active.end()) return held + "; only they, or an override, can";
  return held + "; you made a hold for another owner than " + owner_label(request.owner, request.caller) +
         ": say owner=" + own->owner;
}

}  // namespace

Result<PauseRequest> check_pause(PauseRequest request, bool reason_required, const Now& now) {
  auto reason = check_reason(request.reason, reason_required);
  if (!reason) return std::unexpected(reason.error());
  request.reason = *std::move(reason);
  if (!request.owner.empty())
    if (const auto owner = check_owner(request.owner); !owner) return std::unexpected(owner.error());
  if (request.until) {
    // What is past by this clock could not even be recorded; how far ahead it is a wrong clock cannot tell.
    const bool judged = now.synchronised || *request.until <= now.wall;
    const auto until = judged ? check_until(*request.until, now.wall) : check_time(*request.until);
    if (!until) return std::unexpected(until.error());
  }
  return request;
}

Result<PausePlan> plan_pause(const HoldSet& holds, const PauseRequest& request, const Uuid& new_id,
                             const Now& now, std::size_t max_weight) {
  const auto owner = owner_label(request.owner, request.caller);
  if (owner == unit_owner && request.caller.door != Door::unit)
    return fail(Errc::invalid_argument,
                "cannot take the owner \"unit\": it is for holds of novahost-pause@.service; name another",
                "owner");
  const auto enforce = request.enforce.empty() ? all_enforcers() : request.enforce;
  const auto mine = holds_of(holds.active(request.service), owner, request.caller, !request.owner.empty());
  const bool foreign = !std::ranges::all_of(mine, [&](const Hold& h) { return made_by(h, request.caller); });
  if (foreign && !request.caller.may_override)
    return fail(Errc::held_by_others,
                "cannot replace a hold that somebody else made: " + describe(mine, request.host) +
                    "; use another owner",
                "owner");
  // The door has looked already, but some time ago.
  if (request.until && *request.until <= now.wall)
    if (const auto until = check_until(*request.until, now.wall); !until)
      return std::unexpected(until.error());
  PausePlan plan;
  plan.used_override = foreign;
  if (mine.size() == 1 && same_wish(mine.front(), request, enforce)) {
    plan.hold = mine.front();
    return plan;
  }
  plan.changed = true;
  plan.hold = Hold{.id = new_id,
                   .service = request.service,
                   .owner = owner,
                   .actor = request.caller.actor,
                   .reason = request.reason,
                   .since = mine.empty() ? now.wall : std::min(mine.front().since, now.wall),
                   .recorded = now.wall,
                   .until = request.until,
                   .door = request.caller.door,
                   .enforce = enforce};
  if (const Hold* former = holds.newest_made_here(plan.hold))
    plan.hold.id = next_link(former->id, now.wall).value_or(new_id);
  plan.delta.adds.push_back(plan.hold);
  for (const Hold& old : mine)
    if (!supersedes(plan.hold, old))
      plan.delta.releases.push_back(
          release_of(old, request.caller, "replaced by " + to_string(plan.hold.id), now.wall));
  if (auto room = check_room(holds, plan.delta, max_weight); !room) return std::unexpected(room.error());
  return plan;
}

Result<ResumePlan> plan_resume(const HoldSet& holds, const ResumeRequest& request, const Now& now) {
  const auto active = holds.active(request.service);
  const auto owner = owner_label(request.owner, request.caller);
  const auto wanted = request.all ? active : holds_of(active, owner, request.caller, !request.owner.empty());
  ResumePlan plan;
  for (const Hold& hold : active) {
    const bool asked = std::ranges::find(wanted, hold) != wanted.end();
    const bool own = made_by(hold, request.caller);
    if (!asked || (!own && !request.caller.may_override)) {
      plan.remaining.push_back(hold);
      continue;
    }
    plan.used_override = plan.used_override || !own;
    plan.delta.releases.push_back(release_of(hold, request.caller, request.message, now.wall));
    plan.released.push_back(hold);
  }
  plan.changed = !plan.released.empty();
  if (!plan.changed && !active.empty()) return fail(Errc::held_by_others, why_still_held(active, request));
  return plan;
}

HoldDelta plan_expiry(const HoldSet& holds, const Now& now) {
  HoldDelta delta;
  for (const Hold& hold : holds.due(now)) delta.releases.push_back(expiry_of(hold));
  return delta;
}

Release expiry_of(const Hold& hold) {
  return {hold.id, hold.actor, std::max(hold.until.value_or(hold.recorded), hold.recorded), hold.door,
          "until passed"};
}

std::string full_name(std::string_view actor, Door door, std::string_view host) {
  if (door == Door::rest || host.empty()) return std::string(actor);
  return std::string(host).append("/").append(actor);
}

std::string describe(const std::vector<Hold>& holds, const std::string& host) {
  std::string text;
  for (const Hold& hold : holds) {
    if (!text.empty()) text += "; ";
    const std::string maker = full_name(hold.actor, hold.door, host);
    text += hold.actor == hold.owner ? maker : hold.owner + " (" + maker + ")";
    text += " since " + to_rfc3339(hold.since) + ": " + hold.reason;
  }
  return text;
}

}  // namespace nova
