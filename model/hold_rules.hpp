// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/hold_set.hpp"

namespace nova {

/// Who asks, at which door. A host's accounts (bus), its units (unit) and the zone's accounts (rest) are
/// different realms: the same name in two of them is two people.
struct Caller {
  std::string actor;
  Door door = Door::bus;
  bool may_override = false;  ///< may release or replace others' holds
};

/// PAUSE, checked for form by check_pause().
struct PauseRequest {
  Uuid service;
  Caller caller;
  std::string owner;  ///< empty: the actor
  std::string reason;
  std::optional<WallTime> until;
  std::set<Enforcer> enforce;  ///< empty: all
  std::string host;            ///< the service's, for what is said of its accounts
};

struct PausePlan {
  HoldDelta delta;  ///< to be made durable, then applied; empty where nothing changes
  Hold hold;        ///< the hold that is in force afterwards
  bool changed = false;
  bool used_override = false;
};

/// RESUME: one's own holds, those of `owner`, or all.
struct ResumeRequest {
  Uuid service;
  Caller caller;
  std::string owner;  ///< empty: the actor's own label
  bool all = false;
  std::string message;  ///< "", or what check_reason() takes
  std::string host;     ///< the service's, for what is said of its accounts
};

struct ResumePlan {
  HoldDelta delta;
  std::vector<Hold> released;
  std::vector<Hold> remaining;  ///< what still holds the service
  bool changed = false;
  bool used_override = false;
};

/// Checks the form of a PAUSE, whoever asks for it: reason (an empty one becomes no_reason, or is refused
/// with `reason_required`), owner and until. A clock that is not synchronised does not judge whether until is
/// too far away.
Result<PauseRequest> check_pause(PauseRequest request, bool reason_required, const Now& now);

/// Decides a PAUSE. The owner "unit" is for the door unit, and for no other. The same owner's earlier hold is
/// replaced: reason, until and enforce are the new ones, since is kept; the very same contents change
/// nothing. Another person's hold under the same owner needs override. Where the maker's former hold was made
/// by this process, the new one is the next link of its chain and ends it without a release
/// (model/hold_chain.hpp). Errc::unavailable where the set is full.
/// @param new_id a fresh random id for the hold that may be made, where it begins a chain
/// @param max_weight of the set with what is added
Result<PausePlan> plan_pause(const HoldSet& holds, const PauseRequest& request, const Uuid& new_id,
                             const Now& now, std::size_t max_weight = HoldSet::max_weight);

/// Decides a RESUME. Where nothing holds the service it changes nothing; where only others hold it, it is
/// Errc::held_by_others with a message that names them.
Result<ResumePlan> plan_resume(const HoldSet& holds, const ResumeRequest& request, const Now& now);

/// Releases of all due holds (`until` passed), to be written by the zone, or by a host that has none.
HoldDelta plan_expiry(const HoldSet& holds, const Now& now);

/// The release of a hold whose `until` passed. Host and zone may both write it; made of the hold alone it is
/// the same record.
Release expiry_of(const Hold& hold);

/// Who did something, in every sentence that people read, on the host and in the zone: an account of a host
/// carries the host's name ("compute1/root"), one of the zone is as it is. So nobody is taken for a namesake,
/// and one person is called the same wherever it is read.
std::string full_name(std::string_view actor, Door door, std::string_view host);

/// "alice since 2026-11-23T03:19:00.000Z: disk swap", joined by "; ". Where the owner is another label than
/// the actor: "unit (compute1/systemd) since …".
/// @param host the holds' own
std::string describe(const std::vector<Hold>& holds, const std::string& host);

}  // namespace nova
