// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rest/zone/zone.hpp"
#include "tests/property/federation/crash.hpp"
#include "tests/property/federation/ledger.hpp"

namespace nova::federation::property {

/// The zone's database as one value: what a backup copies.
struct ZoneDatabase {
  zone::Memory memory;
  std::map<Uuid, zone::ActionRecord> actions;
  HoldDelta pruned;
  WallTime last_write;
};

/// novazoned's real core over a database in memory. A step is durable as a whole or not at all.
class ZoneSide {
 public:
  ZoneSide(std::size_t max_weight, const Now& now, Ledger& ledger, std::function<Uuid()> fresh);

  void start();
  void crash() { zone_.reset(); }
  /// Another database takes the place of the one on the disk; an empty one where none is given.
  void restore(const std::optional<ZoneDatabase>& database);

  /// POST /federation/v1/sync: bytes to bytes, or why it was refused.
  Result<std::string> sync(std::string_view body);
  Result<Action> act(const zone::ActionRequest& request);
  void tick();

  const zone::Zone& core() const { return *zone_; }
  /// The zone's set for a host, empty where it does not know the host.
  HoldSet holds(const Uuid& host) const;
  HoldDelta disk_holds(const Uuid& host) const;

  ZoneDatabase database;
  Fault fault = Fault::none;
  std::map<Uuid, BootTime> deadlines;  ///< of the commands that were accepted

 private:
  Result<void> write(const zone::Durable& step);
  void write_actions(const zone::Durable& step);

  std::size_t max_weight_;
  const Now& now_;
  Ledger& ledger_;
  std::function<Uuid()> fresh_;
  std::unique_ptr<zone::Zone> zone_;
};

}  // namespace nova::federation::property
