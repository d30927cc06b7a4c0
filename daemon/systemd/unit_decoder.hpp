// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/service.hpp"

namespace nova::systemd {

/// One row of ListUnitsByPatterns.
struct ListedUnit {
  std::string name;  ///< primary id
  std::string load_state;
  std::string active_state;
  std::string sub_state;

  bool operator==(const ListedUnit&) const = default;
};

/// One row of ListUnitFilesByPatterns.
struct ListedFile {
  std::string path;   ///< "/lib/systemd/system/nova-compute.service"
  std::string state;  ///< "enabled", "masked", "alias", …

  std::string name() const { return path.substr(path.rfind('/') + 1); }
  bool operator==(const ListedFile&) const = default;
};

/// All properties of one unit at one moment, as far as they matter here.
struct UnitReading {
  UnitFacts facts;
  std::string control_group;  ///< "/system.slice/nova-compute.service", or ""

  bool operator==(const UnitReading&) const = default;
};

// Each reads a reply's body. Errc::internal where it has not the form that org.freedesktop.systemd1(5) gives.
Result<std::vector<ListedUnit>> decode_units(sd_bus_message* reply);
Result<std::vector<ListedFile>> decode_files(sd_bus_message* reply);
/// Of Properties.GetAll(""), which is every interface of the unit in one reply.
Result<UnitReading> decode_properties(sd_bus_message* reply);

/// True for a command that only asks a container engine to run something elsewhere: `docker start -a
/// nova_compute`, as Kolla, TripleO and older EDPM do. A quadlet's `podman run --cgroups=split` keeps the
/// payload in the unit.
bool is_container_client(const std::vector<std::string>& command);

}  // namespace nova::systemd
