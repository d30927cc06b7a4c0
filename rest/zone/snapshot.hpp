// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/action.hpp"
#include "model/excerpt.hpp"
#include "model/hold_set.hpp"
#include "model/service.hpp"
#include "rest/zone/pulse.hpp"

namespace nova::zone {

/// One service as readers see it: all axes, nothing derived later.
struct ServiceView {
  ServiceFacts facts;
  State state = State::unknown;  ///< unknown while the host is lost or has not spoken since the zone's start
  PauseState pause;
  std::vector<Hold> holds;        ///< in force, oldest first
  std::vector<Hold> stale_holds;  ///< known to the host, too old to be believed (HoldSet::Merge::stale)
  std::vector<Enforcement> enforcement;  ///< of compute services; others know no PAUSE
  WallTime updated_at;                   ///< of the last change of anything above
  bool operator==(const ServiceView&) const = default;
};

/// How the zone hears a host.
enum class Presence { up, lost, left };  ///< left: it announced a planned stop

/// "up", "lost" or "left".
std::string_view to_string(Presence);

/// The recent errors of a host's services. One that is not in it has not been looked for.
using JournalBook = std::map<Uuid, JournalExcerpt>;

/// One host with its services. Immutable once published; unchanged hosts are shared between snapshots.
struct HostView {
  Uuid id;
  std::string name;
  Presence presence = Presence::lost;
  std::shared_ptr<const Pulse> pulse = std::make_shared<Pulse>();  ///< moves on under this view
  HostInfo info;                                                   ///< its load is in the pulse
  std::vector<ServiceView> services;                               ///< sorted by binary, instance
  std::uint64_t generation = 0;                                    ///< grows with every change of this view
  /// Never null. A change of it alone is no new generation, of neither the view nor the snapshot: no
  /// collection shows it.
  std::shared_ptr<const JournalBook> journal = std::make_shared<const JournalBook>();
  std::optional<std::string> conflict;  ///< two live machines claim this id: what is known
};

/// Where things stand in a snapshot. Shared by all snapshots with the same hosts and services.
struct Index {
  /// Of a service: index into hosts, index into its services.
  std::unordered_map<Uuid, std::pair<std::uint32_t, std::uint32_t>> services;
  std::unordered_map<Uuid, std::uint32_t> hosts;
};

/// A consistent view of the zone. Readers hold a shared_ptr and need no lock.
struct Snapshot {
  std::uint64_t generation = 0;  ///< of the whole; the ETag is made of it
  Uuid incarnation;              ///< of the zone
  std::string zone_name;
  WallTime at;
  std::vector<std::shared_ptr<const HostView>> hosts;  ///< sorted by name
  std::shared_ptr<const Index> index;

  /// @param host receives the service's host where given
  const ServiceView* find_service(const Uuid& id, const HostView** host = nullptr) const;
  /// Takes a name, matched exactly, or an id in its canonical form.
  const HostView* find_host(const std::string& name_or_id) const;
};

}  // namespace nova::zone
