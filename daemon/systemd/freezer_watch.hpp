// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "daemon/systemd/handles.hpp"

namespace nova::systemd {

/// Notices that a unit was frozen or thawed by somebody else: systemd 252 tells nobody, but the kernel
/// changes the control group's cgroup.events (cgroups(7)), which inotify(7) reports. Where there is no such
/// file (cgroup v1) nothing can be frozen, and nothing is watched.
class FreezerWatch {
 public:
  /// @param loop must outlive this  @param changed gets the unit's name  @param root where cgroup2 is mounted
  FreezerWatch(sd_event* loop, std::function<void(const std::string& unit)> changed,
               std::string root = "/sys/fs/cgroup");
  FreezerWatch(const FreezerWatch&) = delete;
  FreezerWatch& operator=(const FreezerWatch&) = delete;

  /// One unit's control group; the invocation tells a new one of the same path.
  struct Group {
    std::string path;
    std::string invocation;
    bool operator==(const Group&) const = default;
  };
  /// Watches exactly these units' control groups from now on. What cannot be watched is tried again by the
  /// next call.
  void follow(const std::map<std::string, Group>& units);

 private:
  struct Watched {
    FreezerWatch* watch;
    std::string unit;
    Group group;
    EventSource source;
  };
  static int on_event(sd_event_source*, const struct inotify_event*, void* data) noexcept;

  sd_event* loop_;
  std::function<void(const std::string&)> changed_;
  std::string root_;
  std::map<std::string, Watched> watched_;  // a node's address is its callback's data
};

}  // namespace nova::systemd
