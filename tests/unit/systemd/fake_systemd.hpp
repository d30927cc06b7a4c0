// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/systemd/handles.hpp"

namespace nova::systemd::testing {

/// A bus of this test's own: a dbus-daemon with a loop on which every connection of the test runs.
class PrivateBus {
 public:
  PrivateBus();
  ~PrivateBus();
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  sd_event* loop() const { return loop_; }
  /// A new connection, attached to the loop; closed at the end of this bus.
  sd_bus* connect();
  /// Runs the loop until the condition holds; false after ten seconds.
  bool until(const std::function<bool()>& condition);
  /// Runs the loop until everything that is on its way has arrived: a round trip of every connection.
  void settle();

 private:
  pid_t daemon_ = 0;
  std::string address_;
  sd_event* loop_ = nullptr;
  std::vector<sd_bus*> connections_;
};

/// systemd as far as the adapter talks to it, with state: units that are loaded, files, jobs. It answers what
/// it is asked and writes down every call; signals are sent when the test says so.
class FakeSystemd {
 public:
  struct Unit {
    std::string load = "loaded", active = "active", sub = "running", freezer = "running",
                file_state = "enabled";
    std::uint32_t pid = 100;
    std::vector<std::string> command{"/usr/bin/nova-compute"};
  };

  explicit FakeSystemd(PrivateBus& bus) : bus_(&bus) { connect(); }

  std::map<std::string, Unit> units;         ///< loaded
  std::map<std::string, std::string> files;  ///< path to state
  std::vector<std::string> calls;            ///< "StopUnit nova-compute.service replace", in order
  /// Errors to answer with: by method, a D-Bus error name; each is used once.
  std::multimap<std::string, std::string> refusals;
  std::set<std::string> unreadable;  ///< units whose properties it does not give
  std::set<std::string> mute;        ///< methods that are never answered
  bool jobs_exist = true;            ///< what the lookup of a job finds

  void unit_new(const std::string& unit) { manager_signal("UnitNew", unit); }
  void unit_removed(const std::string& unit) { manager_signal("UnitRemoved", unit); }
  void files_changed();
  void reloading(bool begun);
  void changed(const std::string& unit);
  /// Ends the job that the last StartUnit, StopUnit or RestartUnit made.
  void job_removed(const std::string& word);

  /// Goes off the bus and comes again under another unique name, as a daemon-reexec does.
  void replace();

  /// The signals that anybody could send, straight to one connection.
  static void forge_reloading(sd_bus* from, const std::string& to);
  static void forge_job_removed(sd_bus* from, const std::string& to, const std::string& word);

  std::size_t count(const std::string& method) const;

 private:
  void connect();
  void manager_signal(const char* member, const std::string& unit);
  int answer(sd_bus_message* call);
  int answer_deed(sd_bus_message* call, const std::string& method);
  int answer_units(sd_bus_message* call);
  int answer_files(sd_bus_message* call);
  int answer_properties(sd_bus_message* call);
  static int on_message(sd_bus_message* message, void* data, sd_bus_error*);

  PrivateBus* bus_;
  sd_bus* connection_ = nullptr;
  Slot filter_;
};

}  // namespace nova::systemd::testing
