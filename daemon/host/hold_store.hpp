// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "model/action.hpp"
#include "model/hold_set.hpp"

namespace nova::host {

/// What of a host has to survive a crash, as one value: it is replaced as a whole, so that a reader after a
/// crash finds the state before a step or after it, never half of one.
struct Saved {
  WallTime born;          ///< when the set of holds was first made on this disk
  HoldDelta holds;        ///< HoldSet::everything()
  std::set<Uuid> lapsed;  ///< HoldSet::lapsed()
  /// ActionLog::actions(): commands begun (outcome running), actions that the zone has not acknowledged.
  std::vector<Action> actions;
  /// ActionLog::spent(): ids of the zone's finished commands, never run again, oldest first.
  std::vector<Uuid> spent;

  bool operator==(const Saved&) const = default;
};

/// Port: keeps what must not be lost. Implemented on files by daemon/store, and by a fake in tests; one
/// contract suite (tests/unit/host/hold_store_contract.hpp) runs on both.
class HoldStore {
 public:
  virtual ~HoldStore() = default;

  /// What was saved last. Called once, at the start; a file that cannot be understood is an error, never an
  /// empty state.
  virtual Result<Saved> load() = 0;
  /// Replaces the state. When it returns a success the state is on the disk; when it returns
  /// Errc::storage_failed the state before it still is, and a load() gives that.
  virtual Result<void> save(const Saved& state) = 0;
  /// Adds released pairs to the bounded history of those that left the set. Durable likewise; repeating it
  /// changes nothing.
  virtual Result<void> archive(const HoldDelta& pairs) = 0;
  /// The history, oldest release first, at most `archive_size` pairs.
  virtual const HoldDelta& archived() const = 0;

  static constexpr std::size_t archive_size = 500;
};

}  // namespace nova::host
