// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/time.hpp"
#include "model/uuid.hpp"
#include "model/vocabulary.hpp"

namespace nova {

/// One reason why a service is paused. Never altered once made: what seems an alteration is the release of
/// one hold and the addition of another.
struct Hold {
  Uuid id;
  Uuid service;
  std::string owner;   ///< a label; the actor unless a tool named itself
  std::string actor;   ///< who was authenticated, recorded by us
  std::string reason;  ///< never empty ("no reason given")
  WallTime since;      ///< when this owner's pause began; kept when the owner pauses again
  WallTime recorded;   ///< when this very record was made
  std::optional<WallTime> until;
  Door door = Door::bus;
  std::set<Enforcer> enforce;  ///< which enforcements it asks for; never empty

  bool operator==(const Hold&) const = default;
};

/// The end of one hold, for good.
struct Release {
  Uuid hold;
  std::string actor;
  WallTime at;
  Door door = Door::bus;
  std::string message;  ///< "", or why: "until passed", "replaced by the same owner", "override by …"

  bool operator==(const Release&) const = default;
};

/// What is added to a set of holds in one durable step.
struct HoldDelta {
  std::vector<Hold> adds;
  std::vector<Release> releases;

  bool empty() const { return adds.empty() && releases.empty(); }
  bool operator==(const HoldDelta&) const = default;
};

inline constexpr std::size_t max_reason = 255;  ///< characters, as in Nova's disabled_reason
inline constexpr std::size_t max_label = 128;   ///< bytes, of an owner or actor
inline constexpr std::string_view no_reason = "no reason given";
inline constexpr std::chrono::days max_until{366};      ///< how far away an `until` may be
inline constexpr std::string_view unit_owner = "unit";  ///< owner of the holds made through novahost-pause@

/// All three enforcements: what a hold asks for unless said.
std::set<Enforcer> all_enforcers();

/// Checks a reason: UTF-8, at most max_reason characters, no control characters. Empty becomes no_reason, or
/// is refused with `required`.
Result<std::string> check_reason(std::string_view reason, bool required);
/// Checks an owner: 1 to max_label bytes of UTF-8 without control characters or spaces around it.
Result<std::string> check_owner(std::string_view owner);
/// Checks that an until is within the years that RFC 3339 can write.
Result<WallTime> check_time(WallTime until);
/// Checks an until against the time: later than now, within max_until.
Result<WallTime> check_until(WallTime until, WallTime now);
/// Checks a hold that came from a file or a peer: every field within the rules above, ids not nil.
Result<Hold> check_hold(Hold hold);
/// Checks a release likewise; its message is "" or what check_reason() takes.
Result<Release> check_release(Release release);

}  // namespace nova
