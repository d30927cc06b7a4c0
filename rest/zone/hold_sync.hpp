// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "model/hold_set.hpp"
#include "rest/protocol/messages.hpp"

namespace nova::zone {

/// One host's holds as the zone knows them, and what of them the host is known to have.
///
/// How both become equal: each message carries the digest of its sender's whole set. Where the digest is that
/// of what we believe the host to have, we send exactly what it lacks. Where it is not (a restart, a restored
/// database on either side), both send everything once.
///
/// How ended pairs leave after their retention: the zone names a moment (prune_before) and the host drops the
/// older pairs. A pair of that age which the host is *seen* not to have any more, the zone drops too. Old
/// pairs are never sent, and those that come back from a restored host are not taken: so no lost answer and
/// no crash in between can make the two sides differ for good. Age is judged only while the kernel calls the
/// clock synchronised; otherwise nothing is old.
///
/// What of the host's is not taken (not for it to claim, too old, known with other contents) stays its own:
/// where nothing else is missing on either side, the answer repeats the host's digest, and the two are at
/// rest instead of telling each other everything for ever.
class HoldSync {
 public:
  explicit HoldSync(WallTime born) : holds_(born), theirs_(born) {}

  /// What a report would do. Nothing changes until apply().
  /// @param believed of the report's records, those that the host may claim
  struct Plan {
    HoldDelta fresh;                  ///< new here: to be made durable
    HoldDelta ended;                  ///< old pairs that the host has dropped: to leave the set
    HoldDelta superseded;             ///< what `fresh` takes out of the set
    std::vector<Uuid> contradicting;  ///< known with other contents: not taken
    std::vector<Hold> stale;          ///< too old to be believed: not taken
    std::optional<HoldSet> theirs;    ///< what the host has now, where that changed
    bool verified = false;            ///< `theirs` is sure
    bool complete = false;            ///< the host sent everything: `stale` is all there is
  };
  Plan plan(const protocol::HoldExchange& report, const HoldDelta& believed, const Now& now) const;
  void apply(Plan plan);
  /// Adds records that are durable now.
  void add(const HoldDelta& durable);
  /// HoldSet::made_here
  void made_here(const Uuid& hold) { holds_.made_here(hold); }

  /// What to answer.
  struct Answer {
    protocol::HoldExchange holds;
    bool send_all = false;
    std::optional<WallTime> prune_before;
  };
  /// Remembers what it said, to recognise a host that has taken it.
  /// @param prune whether to look for pairs that may leave the set
  Answer answer(const Now& now, bool prune);

  /// Whether the host is known to have each of these holds, or their release where one is known here, or the
  /// link that has ended them since.
  bool host_has(const std::vector<Uuid>& holds) const;

  const HoldSet& holds() const { return holds_; }
  /// What the host has, as far as we know.
  const HoldSet& theirs() const { return theirs_; }
  const std::vector<Hold>& stale() const { return stale_; }
  /// Holds that the host has with other contents.
  const std::set<Uuid>& refused() const { return refused_; }

 private:
  HoldDelta lacking(WallTime cutoff) const;
  void recognise(const protocol::HoldExchange& report, Plan& plan) const;

  HoldSet holds_;
  HoldSet theirs_;         // what the host has, as far as we know
  bool verified_ = false;  // theirs_ is what the host said it has
  HoldDelta told_;         // what the last answer carried: the host may have it
  std::vector<Hold> stale_;
  std::set<Uuid> refused_;
};

}  // namespace nova::zone
