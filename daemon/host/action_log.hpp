// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/action.hpp"

namespace nova::host {

/// What a host remembers of actions, bounded: those that the zone has not acknowledged, and the ids of the
/// zone's commands that must never run again. A value: it is changed in a copy, which is saved before it
/// counts.
class ActionLog {
 public:
  /// @param saved   as it was on the disk; too much of it is trimmed
  /// @param has_zone without a zone nobody asks for what was done at the host's own doors, so of that only
  /// what runs is kept
  ActionLog(std::vector<Action> saved, std::vector<Uuid> spent, bool has_zone);

  /// Adds an action, or replaces the one with its id. Where the log is full the oldest finished one gives
  /// way, those of the zone last; false where none has finished, and nothing is changed.
  bool put(const Action& action);
  /// The zone has these results.
  void acknowledge(const std::vector<Uuid>& ids);

  /// Whether the action is here, or was a command of the zone that has ended.
  bool knows(const Uuid& action) const;
  /// Unacknowledged ones, oldest first; running ones included.
  const std::vector<Action>& actions() const { return actions_; }
  const std::vector<Uuid>& spent() const { return spent_; }

  static constexpr std::size_t max_actions = 256;
  static constexpr std::size_t max_spent = 512;

 private:
  bool is_wanted(const Action& action) const;
  bool make_room();
  void spend(const Action& action);

  std::vector<Action> actions_;
  std::vector<Uuid> spent_;
  bool has_zone_;
};

}  // namespace nova::host
