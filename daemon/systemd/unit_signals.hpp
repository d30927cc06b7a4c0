// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/host/unit_names.hpp"
#include "daemon/systemd/handles.hpp"
#include "model/error.hpp"

namespace nova::systemd {

/// Listens to those of systemd's signals that may mean a change of our units, and says what they mean.
///
/// The bus filters for us: property changes and removals are asked for one by one, for the units that
/// follow() names, so other units' never wake us. What is asked for all units is UnitNew (a unit of ours may
/// come at any time), of which only the first string is looked at.
///
/// Any local user may send us a signal that looks like systemd's. Only those of the name's owner count.
class UnitSignals {
 public:
  struct Handlers {
    /// systemd is there under this unique name (""; gone). Called after every change of owner.
    std::function<void(const std::string& owner)> owner;
    std::function<void(const std::string& unit)> changed;  ///< properties of a followed unit
    std::function<void()> list_changed;                    ///< a unit of ours came or went, or unit files did
    std::function<void(bool begun)> reloading;
  };

  /// @param bus, names must outlive this
  UnitSignals(sd_bus* bus, const host::UnitNames& names, Handlers handlers);
  UnitSignals(const UnitSignals&) = delete;
  UnitSignals& operator=(const UnitSignals&) = delete;

  /// Queues the matches; whatever is sent afterwards on this connection comes after them.
  Result<void> start();
  /// Who owns systemd's name, as the bus said in answer to a question (the changes come by themselves).
  void set_owner(const std::string& owner) { owner_ = owner; }
  /// Follows exactly these units from now on: the matches of new ones are queued, others are dropped.
  Result<void> follow(const std::set<std::string>& units);

  /// How many signals woke us.
  std::uint64_t heard() const { return heard_; }

 private:
  struct Followed {
    UnitSignals* signals;
    std::string unit;
    Slot changes;
    Slot removal;
  };

  Result<Slot> match(const std::string& rule, sd_bus_message_handler_t handler, void* data);
  Result<void> follow_one(const std::string& unit);
  bool from_systemd(sd_bus_message* signal) const;

  static int on_owner(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;
  static int on_unit(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;
  static int on_files(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;
  static int on_reloading(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;
  static int on_changed(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;

  sd_bus* bus_;
  const host::UnitNames* names_;
  Handlers handlers_;
  std::string owner_;
  std::uint64_t heard_ = 0;
  std::vector<Slot> matches_;
  std::map<std::string, Followed> followed_;  // a node's address is its callbacks' data
};

}  // namespace nova::systemd
