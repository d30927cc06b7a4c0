// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rest/zone/hold_sync.hpp"
#include "rest/zone/records.hpp"
#include "rest/zone/snapshot.hpp"
#include "rest/zone/voices.hpp"

namespace nova::zone {

/// Something asked of a host that has not ended.
struct Pending {
  Action action;                ///< running once a sync has fetched its command
  std::vector<Uuid> waits_for;  ///< holds whose record the host has to have
  std::optional<CommandRecord> command;
  std::uint64_t revision = 0;  ///< the host's, when it was asked
};

/// What became of the facts of a report.
enum class FactsTaken {
  taken,
  nothing_new,  ///< a heartbeat
  late,         ///< a message older than what is known: nothing in it counts
  lacking,      ///< it builds on facts that we do not have: the host has to send everything
};

/// One host: its last known facts, how we hear it, its holds and what was asked of it.
struct Host {
  Host(Uuid host_id, WallTime born) : id(host_id), holds(born) {}

  /// Takes the facts of a checked report.
  FactsTaken take_facts(const protocol::SyncRequest& report, WallTime now);
  /// Takes the excerpts of a checked report whose facts were taken. @return whether one changed
  bool take_journal(const protocol::SyncRequest& report);
  /// Whether the facts after a report will be complete: what it does not name then does not exist.
  bool completes(const protocol::SyncRequest& report) const;
  const StoredService* find(const Uuid& service) const;
  /// Its facts are what the host says now.
  bool is_live() const { return presence == Presence::up && facts_known; }
  HostRecord record() const;
  /// When its earliest `until` passes.
  void review_until() { next_until = holds.holds().next_until(); }

  Uuid id;
  std::string name;
  HostInfo info;
  std::vector<StoredService> services;  // sorted by binary, instance
  std::shared_ptr<const JournalBook> journal = std::make_shared<const JournalBook>();
  std::shared_ptr<Pulse> pulse = std::make_shared<Pulse>();

  Presence presence = Presence::lost;
  BootTime silent_until;  // lost from then on
  Voices voices;
  std::vector<std::string> left_out;  // what its last report that had any said in unknown words
  std::string namesake;               // the name of the last machine that was refused for using its id
  Uuid incarnation;                   // of the facts
  std::uint64_t sequence = 0;
  bool facts_known = false;    // since the zone's start or the host's
  std::optional<Uuid> behind;  // the nonce of its last report, where that counted less than is known

  HoldSync holds;
  std::optional<WallTime> next_until;
  BootTime next_prune;
  std::map<Uuid, Pending> pending;  // by action
  std::uint64_t revision = 1;       // grows with whatever the host should fetch

  std::shared_ptr<const HostView> view;
  std::uint64_t generation = 0;
};

/// Renders a host for readers. Services that did not change keep the moment of their last change.
std::shared_ptr<const HostView> build_view(const Host& host, WallTime now);

}  // namespace nova::zone
