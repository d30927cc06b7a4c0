// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/action.hpp"
#include "model/excerpt.hpp"
#include "model/hold_set.hpp"
#include "model/service.hpp"

namespace nova::protocol {

/// The version that this build speaks; a zone serves hosts one version older and newer (design section 6).
inline constexpr int version = 1;

/// The largest sync body in bytes, before decompression and after.
inline constexpr std::size_t max_body = 8 * 1024 * 1024;

/// Bytes of journal messages in one sync; what goes beyond follows in the next. All services of a large host
/// together can have more than a body may.
inline constexpr std::size_t max_journal = 512 * 1024;

/// One side's part of the exchange of holds. Deltas are the fast path, the digest is the truth: sides whose
/// digests differ exchange everything.
struct HoldExchange {
  std::string digest;  ///< of the sender's whole set, this delta included
  HoldDelta delta;
  bool complete = false;  ///< delta is everything the sender knows
  bool operator==(const HoldExchange&) const = default;
};

/// The recent errors of one service.
struct ServiceExcerpt {
  Uuid service;
  JournalExcerpt entries;
  bool operator==(const ServiceExcerpt&) const = default;
};

/// What a host tells of its journal. Excerpts that are not named are as they were told before.
struct JournalReport {
  /// What all excerpts that were told speak for; absent while more of them follow.
  std::optional<ExcerptPeriod> period;
  std::vector<ServiceExcerpt> services;  ///< added or changed
  bool operator==(const JournalReport&) const = default;
};

/// What a host sends with POST /federation/v1/sync.
struct SyncRequest {
  int version = protocol::version;
  Uuid host;                           ///< must be the one in the certificate
  std::string name;                    ///< likewise
  Uuid incarnation;                    ///< new at every start of novahostd
  Uuid nonce;                          ///< the answer carries it back
  std::optional<Uuid> zone;            ///< the incarnation of the zone that the host last heard
  std::uint64_t base = 0;              ///< changes are counted from here; 0: this is everything
  std::uint64_t sequence = 0;          ///< the facts after this message
  std::uint64_t revision = 0;          ///< the zone's last revision for this host that the host has acted on
  std::optional<HostInfo> info;        ///< when it changed, and in a full exchange
  std::vector<ServiceFacts> services;  ///< added or changed
  std::vector<Uuid> removed;
  std::optional<double> load1;           ///< at the moment of sending; info's is older in a heartbeat
  std::optional<JournalReport> journal;  ///< where the host tells of it
  HoldExchange holds;
  std::vector<Action> actions;  ///< results of commands and what was done on the host, until acknowledged
  bool leaving = false;         ///< a planned stop: absence follows
  /// Read from a newer host's message, never sent: entries that this build has no words for, which were left
  /// out (rest/protocol/skew.hpp), and the ids of actions among them.
  std::vector<std::string> left_out;
  std::vector<Uuid> left_out_actions;
  bool operator==(const SyncRequest&) const = default;
};

/// How far one service's enforcements are, as the zone sees them.
struct ServiceEnforcement {
  Uuid service;
  std::vector<Enforcement> enforcement;
  bool operator==(const ServiceEnforcement&) const = default;
};

/// What the zone answers.
struct SyncAnswer {
  int version = protocol::version;
  Uuid host;  ///< the host checks this and the nonce: answers can be misdelivered
  Uuid nonce;
  std::string zone_name;
  Uuid zone;                       ///< the zone's incarnation, new at every start of novazoned
  std::uint64_t acknowledged = 0;  ///< the sequence that the zone has now
  bool send_all = false;           ///< facts: the zone lacks the base
  std::uint64_t revision = 0;      ///< for the doorbell
  HoldExchange holds;
  bool send_all_holds = false;  ///< digests differ: send everything next, at once
  /// Both sides are equal: pairs released before this moment may leave the set (HoldSet::prunable).
  std::optional<WallTime> prune_before;
  std::vector<ServiceEnforcement> enforcement;
  std::vector<Command> commands;
  std::vector<Uuid> acknowledged_actions;
  Millis interval{1000};              ///< until the next sync
  std::vector<std::string> left_out;  ///< as in SyncRequest, of a newer zone
  bool operator==(const SyncAnswer&) const = default;
};

}  // namespace nova::protocol
