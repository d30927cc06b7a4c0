// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/host/host.hpp"
#include "daemon/host/unit_names.hpp"
#include "daemon/systemd/unit_decoder.hpp"

namespace nova::systemd {

/// A unit file with what its name stands for.
struct KnownFile {
  std::string name;
  std::string state;
  std::string alias_of;  ///< of an alias: the file name that it points to; else ""

  bool operator==(const KnownFile&) const = default;
};

/// What systemd has told so far, joined into the facts of our units. It also knows what has to be asked next.
/// Pure: the watcher fills and asks it.
class UnitBook {
 public:
  /// @param names must outlive the book
  explicit UnitBook(const host::UnitNames& names) : names_(&names) {}

  /// The complete lists; what is not ours is dropped. Readings of units that are no longer loaded are
  /// forgotten, those that contradict the list become stale.
  void list(const std::vector<ListedUnit>& units, const std::vector<KnownFile>& files);
  /// All properties of one unit. Ignored where the unit is not loaded by the last list.
  void read(const std::string& unit, UnitReading reading);

  /// A signal said that these facts may have changed.
  void distrust(const std::string& unit);
  void distrust_all();

  /// Our units that systemd has loaded, by the last list.
  std::set<std::string> loaded() const;
  /// Those of them whose properties have to be read (again).
  std::set<std::string> stale() const;
  /// The last reading of a loaded unit, or null.
  const UnitReading* reading(const std::string& unit) const;

  /// All our units, by name. A name that is only referred to by other units ("not-found" and not running) is
  /// no unit of this host.
  std::vector<host::FoundUnit> units() const;

 private:
  struct Loaded {
    ListedUnit row;
    UnitReading reading;
    bool fresh = false;
    bool ever_read = false;
  };
  host::FoundUnit from_reading(const std::string& name, const Loaded& loaded) const;
  host::FoundUnit from_file(const KnownFile& file) const;
  std::vector<KnownFile> rested_instances() const;
  void remember(const std::string& unit, const UnitReading& reading);
  std::string resolve(const std::string& alias) const;

  const host::UnitNames* names_;
  std::map<std::string, Loaded> loaded_;
  std::map<std::string, KnownFile> files_;
  std::map<std::string, std::string> templates_;  // with the state of their file
  // Instances that have run, with the state of their file. systemd forgets one that was stopped and is not
  // enabled, and lists no file for it; but it can be started again as long as there is its template.
  std::map<std::string, std::string> ran_;
};

}  // namespace nova::systemd
