// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/action.hpp"
#include "model/hold_rules.hpp"
#include "model/service.hpp"

namespace nova::zone {

/// What an administrator asks of one service, decoded and checked for form.
struct ActionRequest {
  Uuid service;
  Verb verb = Verb::pause;
  Caller caller;      ///< door rest; may_override from the role
  std::string owner;  ///< PAUSE, RESUME
  std::string reason;
  std::optional<WallTime> until;
  std::set<Enforcer> enforce;
  bool all = false;                ///< RESUME
  bool force = false;              ///< STOP, SUSPEND
  bool may_start = false;          ///< RESUME may thaw
  std::optional<Millis> deadline;  ///< START, STOP, RESTART, SUSPEND
};

/// An action with the host it belongs to.
struct ActionRecord {
  Uuid host;
  Action action;
  bool operator==(const ActionRecord&) const = default;
};

/// A command that has no result yet.
struct CommandRecord {
  Uuid host;
  Command command;    ///< remaining: as it was when asked for
  BootTime deadline;  ///< on the zone's machine
  /// The machine has not been booted since: the deadline can be compared.
  bool this_boot = true;
  bool operator==(const CommandRecord&) const = default;
};

/// A service as it is kept: its last known facts and when anything of it last changed.
struct StoredService {
  ServiceFacts facts;
  WallTime updated_at;
  bool operator==(const StoredService&) const = default;
};

/// A host as it is kept.
struct HostRecord {
  Uuid id;
  std::string name;
  HostInfo info;
  WallTime last_seen;
  std::vector<StoredService> services;  ///< sorted by binary, instance
  bool operator==(const HostRecord&) const = default;
};

/// Holds and releases of one host.
struct HostDelta {
  Uuid host;
  HoldDelta delta;
  bool operator==(const HostDelta&) const = default;
};

/// What has to be on the disk before it may be acted on or acknowledged: one step, all of it or nothing.
struct Durable {
  std::vector<HostRecord> hosts;  ///< new here, or under a new name
  std::vector<HostDelta> holds;
  std::vector<HostDelta> pruned;  ///< what leaves the set: pairs for the history, holds that were renewed
  std::vector<ActionRecord> actions;
  std::vector<CommandRecord> commands;  ///< accepted now
  std::vector<Uuid> ended_commands;
  std::vector<Uuid> removed_hosts;  ///< with their holds, commands and certificates

  bool empty() const {
    return hosts.empty() && holds.empty() && pruned.empty() && actions.empty() && commands.empty() &&
           ended_commands.empty() && removed_hosts.empty();
  }
  bool operator==(const Durable&) const = default;
};

/// What a store gives back at the zone's start.
struct Memory {
  Uuid zone;      ///< the zone's id, made with the store
  WallTime born;  ///< when the store was made: no hold from before that day can be judged stale
  /// Times of which the store may have forgotten records, because it was not written in them and the zone
  /// started afterwards: a restored backup, a lost database, or just an idle night. Only then may a host
  /// bring back a record of the REST door that is unknown here. Each from a moment to a moment.
  std::vector<std::pair<WallTime, WallTime>> forgotten;
  std::vector<HostRecord> hosts;
  std::map<Uuid, HoldDelta> holds;       ///< by host
  std::vector<ActionRecord> unfinished;  ///< accepted or running, oldest first
  std::vector<CommandRecord> commands;
  bool operator==(const Memory&) const = default;
};

}  // namespace nova::zone
