// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/hold.hpp"

namespace nova {

/// What was asked of one service, by whom, and how it ended: the history of both daemons.
struct Action {
  Uuid id;  ///< the request id without its "req-"
  Uuid service;
  Verb verb = Verb::pause;
  std::string actor;
  Door door = Door::bus;
  std::string reason;  ///< as given, or ""
  WallTime requested;
  std::optional<WallTime> finished;
  Outcome outcome = Outcome::accepted;
  std::string message;         ///< how it ended, for people
  std::optional<Uuid> hold;    ///< that a PAUSE made or found, or that ended by its `until`
  bool changed = false;        ///< whether it changed anything
  bool used_override = false;  ///< others' holds were released or replaced

  bool operator==(const Action&) const = default;
};

/// START, STOP, RESTART or SUSPEND on its way from the zone to a host. Run at most once, and never after its
/// deadline, which travels as the time that remains (design section 4).
struct Command {
  Uuid id;  ///< of its Action
  Uuid service;
  Verb verb = Verb::start;
  std::string actor;
  std::string reason;
  Millis remaining{0};
  bool thaw = false;  ///< for RESUME: thaw the unit when no hold remains
  bool force = false;

  bool operator==(const Command&) const = default;
};

/// The moment after which a command must not be run: its remaining time counted from when the host *sent* the
/// sync that fetched it, so that time spent on the way or asleep counts.
BootTime deadline_of(const Command& command, BootTime sync_sent);

inline constexpr Millis default_command_time{std::chrono::seconds{60}};
inline constexpr Millis longest_command_time{std::chrono::minutes{10}};

}  // namespace nova
