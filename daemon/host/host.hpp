// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/action.hpp"
#include "model/hold_rules.hpp"
#include "model/service.hpp"

namespace nova::host {

/// Which parts of a service changed: what the change signals and the next sync have to carry.
struct Change {
  enum class What { added, changed, removed };
  What what = What::changed;
  Uuid service;
  bool unit = false;   ///< systemd's axes
  bool pause = false;  ///< holds, held, paused, phase, enforcement
  bool operator==(const Change&) const = default;
};
using Changes = std::vector<Change>;

/// A unit that discovery found, with what its name says.
struct FoundUnit {
  std::string binary;
  std::string instance;
  Kind kind = Kind::api;
  UnitFacts facts;
  bool controllable = true;
  bool operator==(const FoundUnit&) const = default;
};

/// One service as the host's readers see it.
struct Service {
  ServiceFacts facts;
  std::vector<std::string> shadowed;  ///< other units of the same binary and instance, not represented
  std::vector<Hold> holds;            ///< in force
  std::vector<Enforcement> enforcement;
  PauseState pause;
  bool operator==(const Service&) const = default;
};

/// The core of novahostd: the host's services and holds. Facts and durable holds go in, changes come out; it
/// performs nothing. One thread.
class Host {
 public:
  Host(Uuid id, HostInfo info, HoldSet holds);

  /// The complete list of units as systemd has it now; what is missing is removed.
  Changes observe(const std::vector<FoundUnit>& units);
  /// Holds and releases that are durable now.
  Changes apply(const HoldDelta& durable);
  /// HoldSet::made_here
  void made_here(const Uuid& hold) { holds_.made_here(hold); }
  /// Holds that have ended by their `until` (HoldSet::lapse), durable now.
  Changes lapse(const std::vector<Uuid>& ids);
  /// Released pairs that have left the set for the history; no reader sees a change.
  void drop(const HoldDelta& pairs) { holds_.drop(pairs); }
  /// The zone's word on its enforcements, with the time it was heard.
  Changes observe_enforcement(const Uuid& service, const std::vector<Enforcement>& enforcement);

  /// What of the host's facts moves. The time of the boot moves only when the clock is set: less than a
  /// second is nothing.
  void observe_self(double load1, WallTime boot_time);

  const Uuid& id() const { return id_; }
  const HostInfo& info() const { return info_; }
  const HoldSet& holds() const { return holds_; }
  const std::map<Uuid, Service>& services() const { return services_; }
  const Service* find(const Uuid& service) const;
  const Service* find_unit(const std::string& unit_or_alias) const;

 private:
  Changes settle(const std::set<Uuid>& touched);

  Uuid id_;
  HostInfo info_;
  HoldSet holds_;
  std::map<Uuid, Service> services_;
};

}  // namespace nova::host
