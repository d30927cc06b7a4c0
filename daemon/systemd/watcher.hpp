// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/host/host.hpp"
#include "daemon/host/unit_names.hpp"

namespace nova::systemd {

/// Finds Nova's units among systemd's and follows them: by signals, with no call while nothing happens.
///
/// It subscribes, then lists, and lists again whenever a signal says that the list may have changed; of every
/// unit of ours that changed it then reads all properties in one call, so that a unit's facts are of one
/// moment. Units that are not ours cost one look at a signal's first string when they are loaded, and
/// nothing else: property changes and removals are matched by the bus for our units only.
///
/// What systemd changes in silence stays unseen until something else happens to the unit: `systemctl
/// reset-failed` sets NRestarts of a unit that has not failed to 0 and sends nothing.
///
/// One thread: that of the loop. It never blocks.
class Watcher {
 public:
  /// The complete list, ordered by unit name; called first when it is known, then whenever it differs.
  using Observer = std::function<void(const std::vector<host::FoundUnit>& units)>;
  /// A failure that the watcher works on by itself (it asks again after a while), for the journal; once until
  /// it is over.
  using Complaint = std::function<void(const Error&)>;

  /// How often what was done, since the start: tests and benches read it.
  struct Counters {
    std::uint64_t signals = 0;     ///< signals that woke us, foreign units' included
    std::uint64_t lists = 0;       ///< list calls
    std::uint64_t reads = 0;       ///< reads of one unit's properties
    std::uint64_t decoded = 0;     ///< messages whose body was decoded (answers to lists and reads)
    std::uint64_t deliveries = 0;  ///< calls of the observer
    bool operator==(const Counters&) const = default;
  };

  /// @param bus   the system bus, attached to `loop`; both must outlive the watcher
  /// @param names which units are ours; it must outlive the watcher
  Watcher(sd_bus* bus, sd_event* loop, const host::UnitNames& names, Observer observer, Complaint complaint);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Subscribes and lists. Errc::unavailable where the connection does not take the calls.
  Result<void> start();

  /// Reads one unit again at once; `done` is called when the observer has what systemd said after this call.
  /// Where systemd does not answer, `done` is called with the next list that is complete.
  void refresh(const std::string& unit, std::function<void()> done);

  Counters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::systemd
