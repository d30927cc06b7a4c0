// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/hold.hpp"

namespace nova {

/// The two-phase set of one host's holds: a hold is added once and released once, and an id never comes back.
/// Additions and releases may arrive in any order, any number of times and from either side; two sets that
/// have seen the same records are equal. It decides and remembers in memory only: the caller first makes a
/// delta durable, then apply()s it.
///
/// Not thread-safe; belongs to one writer.
class HoldSet {
 public:
  /// How long a released pair stays for the exchange before it moves to the history.
  static constexpr std::chrono::days retention{90};

  /// What of an incoming delta is new here, and what contradicts what is known.
  struct Merge {
    HoldDelta fresh;                  ///< to be made durable and applied
    std::vector<Uuid> contradicting;  ///< ids known with other contents: refused
    std::vector<Hold> stale;          ///< older than the retention, unknown and not ended: shown, not applied
  };

  /// @param born when this set was first made on this disk. A hold from before that day cannot be judged
  /// stale.
  explicit HoldSet(WallTime born) : born_(born) {}

  /// Decides what of `incoming` is new; changes nothing. Of two releases of one hold the earlier wins (then
  /// the smaller actor and message), so that both sides end with the same.
  Merge plan_merge(const HoldDelta& incoming, WallTime now) const;
  /// Adds records that are durable now. Repeating it changes nothing.
  void apply(const HoldDelta& durable);

  /// The holds of a service that are in force, oldest first. A lapsed hold is not.
  std::vector<Hold> active(const Uuid& service) const;
  /// All holds in force, by service.
  std::map<Uuid, std::vector<Hold>> active() const;
  const Hold* find(const Uuid& id) const;
  const Release* release_of(const Uuid& id) const;

  /// Holds whose `until` has passed and which nobody released yet. Empty while the clock is not synchronised.
  std::vector<Hold> due(const Now& now) const;
  /// The next moment at which due() may grow.
  std::optional<WallTime> next_until() const;
  /// Marks holds as ended here until their release record comes: where a zone writes it (design: "`until`").
  /// The marks are this side's own; they are not exchanged, but have to be durable like a delta.
  void lapse(const std::vector<Uuid>& ids);
  const std::set<Uuid>& lapsed() const { return lapsed_; }

  /// Everything, for a full exchange or a file.
  HoldDelta everything() const;
  /// A name of the contents: equal on both sides exactly when they know the same records.
  const std::string& digest() const;
  /// The pairs released before `cutoff`, which leave the set for the history. Call it only when both sides
  /// are known to be equal; drop() removes what was returned.
  HoldDelta prunable(WallTime cutoff) const;
  void drop(const HoldDelta& pairs);

  WallTime born() const { return born_; }
  std::size_t size() const { return holds_.size(); }

 private:
  bool in_force(const Hold& hold) const;

  WallTime born_;
  std::map<Uuid, Hold> holds_;
  std::map<Uuid, Release> releases_;  // may come before their hold
  std::set<Uuid> lapsed_;
  mutable std::string digest_;  // empty: to be computed
};

}  // namespace nova
