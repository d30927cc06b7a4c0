// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/hold.hpp"

namespace nova {

/// The two-phase set of one host's holds: a hold is added once and released once, and an id never comes back.
/// Additions and releases may arrive in any order, any number of times and from either side; two sets that
/// have seen the same records are equal. Of the holds that one maker made on a service, later links of a
/// chain end the earlier ones, which leave the set at once (model/hold_chain.hpp). It decides and remembers
/// in memory only: the caller first makes a delta durable, then apply()s it.
///
/// How large it gets: PAUSE is refused beyond max_weight, RESUME never. Host and zone may both fill their own
/// while they do not hear each other, so the two together have to fit one message: twice max_weight, and
/// beside it the host's facts and actions, are within protocol::max_body.
///
/// Not thread-safe; belongs to one writer.
class HoldSet {
 public:
  /// How long a released pair stays for the exchange before it moves to the history.
  static constexpr std::chrono::days retention{90};
  /// Above this weight no hold is made any more: about 3,000 pairs.
  static constexpr std::size_t max_weight = 2 * 1024 * 1024;

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
  /// Age is judged only while the clock is synchronised: one that runs ahead must not hide a PAUSE that
  /// waits.
  Merge plan_merge(const HoldDelta& incoming, const Now& now) const;
  /// Adds records that are durable now. Repeating it changes nothing.
  void apply(const HoldDelta& durable);
  /// What apply() of these records would take out of the set, because later links end it. Those of a chain
  /// that were released before are history; the others were only renewed.
  HoldDelta superseded_by(const HoldDelta& fresh) const;

  /// Notes that this process made a hold, and so knows all of its chain. Forgotten at its end.
  void made_here(const Uuid& hold);
  /// The newest hold of this maker that this process made, whether in force or not: what the next one goes on
  /// from.
  const Hold* newest_made_here(const Hold& like) const;

  /// The holds of a service that are in force, oldest first. A lapsed hold is not.
  std::vector<Hold> active(const Uuid& service) const;
  /// All holds in force, by service.
  std::map<Uuid, std::vector<Hold>> active() const;
  const Hold* find(const Uuid& id) const;
  const Release* release_of(const Uuid& id) const;
  /// The holds of a service that have ended, with their releases; valid until the set changes.
  std::vector<std::pair<const Hold*, const Release*>> ended(const Uuid& service) const;
  /// The newest link that is known behind this id in its chain.
  const Hold* successor(const Uuid& id) const;

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
  /// Of all records, with room for the release of each hold in force.
  std::size_t weight() const { return weight_; }

 private:
  bool in_force(const Hold& hold) const;
  bool is_over(const Hold& hold) const;
  void put(const Hold& hold);
  void put(const Release& release);
  void erase(const Uuid& id);
  void erase_before(const Hold& link);
  void count(const std::string& record, bool added);

  WallTime born_;
  std::map<Uuid, Hold> holds_;
  std::map<Uuid, Release> releases_;  // may come before their hold
  std::set<Uuid> lapsed_;
  std::set<Uuid> made_here_;
  std::size_t weight_ = 0;
  std::array<std::uint64_t, 2> sum_{};  // of the names of all records
  mutable std::string digest_;          // empty: to be written from the sum
};

}  // namespace nova
