// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/hold.hpp"

namespace nova {

/// One unit as systemd reports it; the words are systemd's own (org.freedesktop.systemd1(5)).
struct UnitFacts {
  std::string name;        ///< primary id, "nova-compute.service"
  std::string load_state;  ///< "loaded", "not-found", "masked", … ; "not-loaded" where only the file is known
  std::string active_state;     ///< "active", "inactive", "failed", …
  std::string sub_state;        ///< "running", "dead", …
  std::string unit_file_state;  ///< "enabled", "disabled", "masked", "static", … ; "" where there is no file
  std::string freezer_state;    ///< "running", "frozen", …
  std::string result;           ///< "success", "exit-code", …
  std::string invocation_id;    ///< 32 hex digits, or ""
  std::uint32_t main_pid = 0;
  std::uint32_t restarts = 0;        ///< systemd's NRestarts
  std::optional<WallTime> since;     ///< StateChangeTimestamp
  std::vector<std::string> aliases;  ///< its other names, sorted
  bool payload_elsewhere = false;    ///< the unit runs a container engine's client: its PIDs are not Nova's

  bool operator==(const UnitFacts&) const = default;
};

/// One service as its host knows it: a unit with an identity.
struct ServiceFacts {
  Uuid id;               ///< service_id(host, binary, instance)
  std::string binary;    ///< canonical, "nova-compute"
  std::string instance;  ///< "" unless several of one binary run on a host ("cell1", "ironic")
  Kind kind = Kind::api;
  UnitFacts unit;
  bool controllable = true;  ///< the packaged polkit rule lets the daemon act on this unit

  bool operator==(const ServiceFacts&) const = default;
};

/// What a host says of itself.
struct HostInfo {
  std::string name;        ///< as Nova knows it (NovaHost=)
  std::string machine_id;  ///< only a fact: cloned images share it
  std::string os;          ///< PRETTY_NAME of os-release(5)
  std::string kernel;
  std::string architecture;
  std::string daemon;  ///< version of novahostd
  std::string systemd;
  std::optional<WallTime> boot_time;
  double load1 = 0;  ///< when the host last told of it

  bool operator==(const HostInfo&) const = default;
};

/// One enforcement of PAUSE on one service, with what it waits for.
struct Enforcement {
  Enforcer enforcer = Enforcer::gate;
  EnforcementState state = EnforcementState::unconfigured;
  std::string detail;  ///< the last error, or why it is unavailable
  std::uint32_t attempts = 0;
  std::optional<WallTime> next_try;

  bool operator==(const Enforcement&) const = default;
};

/// The three axes of PAUSE, derived.
struct PauseState {
  bool held = false;
  bool paused = false;
  Phase phase = Phase::open;

  bool operator==(const PauseState&) const = default;
};

/// The identity of a service: the same over reboots, renames of the unit and reinstallation (design section
/// 2).
Uuid service_id(const Uuid& host, std::string_view binary, std::string_view instance);

/// Whether a FreezerState ("running", "frozen", "freezing-by-parent", …) means that processes stand still, or
/// are about to.
bool is_frozen(std::string_view freezer_state);

/// up: systemd says active (or reloading, or refreshing) and not frozen; down: anything else it says; unknown
/// is for the zone alone, when the host is lost. A container client's freezer says nothing of Nova, which
/// runs elsewhere.
State state_of(const UnitFacts& unit);

/// Why a verb does not fit this service as it is now, with those that would not be refused; nothing where it
/// fits.
std::optional<Error> unfit(Verb verb, const ServiceFacts& service);

/// paused: held, and every enforcement asked for by a hold and configured is applied. An enforcement that is
/// unconfigured is not waited for; unavailable is (it was configured, and does not work).
PauseState pause_state(const std::vector<Hold>& active, const std::vector<Enforcement>& enforcement);

/// The three enforcements, none configured.
std::vector<Enforcement> unconfigured_enforcement();

}  // namespace nova
