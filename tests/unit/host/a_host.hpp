// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tests/unit/host/fakes.hpp"

namespace nova::host {

inline constexpr Uuid host_id{
    {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x47, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 1}};

inline FoundUnit running(const std::string& binary, Kind kind, const std::string& unit = "") {
  FoundUnit found;
  found.binary = binary;
  found.kind = kind;
  found.facts.name = unit.empty() ? binary + ".service" : unit;
  found.facts.load_state = "loaded";
  found.facts.active_state = "active";
  found.facts.sub_state = "running";
  found.facts.unit_file_state = "enabled";
  found.facts.freezer_state = "running";
  return found;
}

/// A host with nova-compute and nova-api on it, whose disk, systemd and clock the test holds in its hands.
class AHost {
 public:
  explicit AHost(Agent::Settings with = {}) : settings(with) { start(); }

  /// (Re)starts the daemon from what is on the disk.
  void start() {
    control.pending.clear();  // systemd goes on, but nobody hears the answer
    Saved saved = *store.load();
    if (saved.born == WallTime{}) saved.born = now.wall;
    agent = std::make_unique<Agent>(
        host_id, HostInfo{.name = "compute1"}, saved, settings,
        Agent::Ports{store, control, [this] { return fresh(); }, [this] { return now; }});
    listener = {};
    agent->add(listener);
    agent->observe(units, now);
  }
  void pass(Millis time) {
    now.wall += time;
    now.boot += time;
  }
  Uuid fresh() {
    Uuid id{};
    id.bytes[0] = 0xf0;
    id.bytes[1] = static_cast<std::uint8_t>((last_id_ + 1) >> 8);
    id.bytes[2] = static_cast<std::uint8_t>(last_id_ + 1);
    id.bytes[6] = 0x40;  // as random ones are
    id.bytes[8] = 0x80;
    id.bytes[14] = static_cast<std::uint8_t>(++last_id_ >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(last_id_);
    return id;
  }
  Uuid compute() const { return service_id(host_id, "nova-compute", ""); }
  Uuid api() const { return service_id(host_id, "nova-api", ""); }
  const Service& service() const { return *agent->host().find(compute()); }
  Result<PauseAnswer> pause(const std::string& who, const std::string& reason = "disk swap") {
    return agent->pause({.service = compute(), .caller = {.actor = who}, .owner = "", .reason = reason}, now);
  }
  Result<PauseAnswer> pause_until(const std::string& who, WallTime until) {
    return agent->pause(
        {.service = compute(), .caller = {.actor = who}, .owner = "", .reason = "", .until = until}, now);
  }
  Result<ResumeAnswer> resume(const std::string& who) {
    return agent->resume({.service = compute(), .caller = {.actor = who}}, true, now);
  }
  CommandRequest command(Verb verb, Door door = Door::bus) {
    return {.id = fresh(),
            .service = compute(),
            .verb = verb,
            .caller = {.actor = "alice", .door = door},
            .reason = "",
            .deadline = now.boot + default_command_time};
  }

  FakeHoldStore store;
  FakeUnitControl control;
  FakeListener listener;
  std::vector<FoundUnit> units{running("nova-compute", Kind::compute), running("nova-api", Kind::api)};
  Agent::Settings settings;
  Now now{WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}}, BootTime{Millis{1000}}, true};
  std::unique_ptr<Agent> agent;

 private:
  unsigned last_id_ = 0;
};

}  // namespace nova::host
