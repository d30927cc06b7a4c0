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
  std::string control_group;    ///< "/system.slice/nova-compute.service", or ""
  bool payload_within = false;  ///< a container engine runs the payload inside the unit's own control group

  bool operator==(const UnitReading&) const = default;
};

// Each reads a reply's body. Errc::internal where it has not the form that org.freedesktop.systemd1(5) gives.
Result<std::vector<ListedUnit>> decode_units(sd_bus_message* reply);
Result<std::vector<ListedFile>> decode_files(sd_bus_message* reply);
/// Of Properties.GetAll(""), which is every interface of the unit in one reply.
Result<UnitReading> decode_properties(sd_bus_message* reply);

/// Where the processes are that a unit's command is about.
enum class Payload {
  own,        ///< the command is the payload
  elsewhere,  ///< the command asks a container engine to run it: `docker start -a nova_compute`
  within      ///< an engine's client that keeps it in the unit: a quadlet's `podman run --cgroups=split`
};

/// @param path the program that systemd executes @param arguments its argument vector, which may begin with
/// another name. A program that runs others (a shell, env, sudo, …) is looked through.
Payload payload_of(const std::string& path, const std::vector<std::string>& arguments);

}  // namespace nova::systemd
