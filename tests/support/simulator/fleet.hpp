// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

struct sd_event;

namespace nova::simulator {

/// What to simulate.
struct FleetSettings {
  std::vector<std::string> urls;       ///< of the zone
  std::filesystem::path ca;            ///< who may be the zone
  std::filesystem::path certificates;  ///< folder with NAME.crt and NAME.key of each host; empty: none
  std::string prefix = "sim";          ///< hosts are named sim00000, sim00001, …
  int hosts = 1;
  int services = 1;  ///< of each host; the first is nova-compute
};

/// How it goes.
struct FleetCount {
  int connected = 0;
  std::uint64_t changes = 0;   ///< of units, made here
  std::uint64_t troubles = 0;  ///< times that a link told of one
  std::string trouble;         ///< the last one
};

class SimulatedHost;

/// Many hosts on one loop, each with the agent and the link that novahostd has; their units are made up and
/// their disks forget everything.
class Fleet {
 public:
  Fleet(sd_event* loop, FleetSettings settings);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// A service gets another main PID, as after a restart.
  void change(int host, int service);
  void change_any();
  /// PAUSE at the bus of a host.
  std::string pause(int host, const std::string& actor, const std::string& reason);
  FleetCount count() const { return count_; }
  int size() const { return settings_.hosts; }
  int services() const { return settings_.services; }

 private:
  FleetSettings settings_;
  FleetCount count_;
  std::mt19937_64 chance_{std::random_device{}()};
  std::vector<std::unique_ptr<SimulatedHost>> hosts_;
};

}  // namespace nova::simulator
