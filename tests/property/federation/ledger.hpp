// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/hold_set.hpp"

namespace nova::federation::property {

/// What really happened, kept outside of both sides: every record that anybody ever tried to make, and those
/// that were acknowledged.
class Ledger {
 public:
  /// Somebody made these records; they may become durable or not.
  void tried(const HoldDelta& records);
  /// They were acknowledged: durable on at least one side.
  void acknowledged(const HoldDelta& records);
  /// A database was replaced by an older or an empty one. What had been acknowledged and is now on neither
  /// side's disk, set or history, may stay lost: nobody is left who knew it. Nothing else may.
  void restored(const std::vector<HoldDelta>& disks);

  /// Compares the two sides at the end, when all is quiet. Says what is wrong, or "".
  /// @param host_history, zone_history the ended pairs that have left each side's set
  std::string verdict(const HoldSet& host, const HoldSet& zone, const HoldDelta& host_history,
                      const HoldDelta& zone_history) const;

 private:
  std::string invented(const HoldDelta& records) const;
  bool ended_by(const Uuid& id, const HoldDelta& records) const;

  std::map<Uuid, Hold> holds_;                     // ever made
  std::map<Uuid, std::uint64_t> turns_;            // when each was made, whatever the clocks said
  std::map<Uuid, std::vector<Release>> releases_;  // likewise, by hold
  std::set<Uuid> must_hold_;
  std::set<Uuid> must_release_;
};

}  // namespace nova::federation::property
