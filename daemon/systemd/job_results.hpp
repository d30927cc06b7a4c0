// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <string>

#include "daemon/systemd/calls.hpp"

namespace nova::systemd {

/// Awaits the ends of systemd's jobs. Listens to JobRemoved only while it awaits one, so that other units'
/// jobs cost nothing otherwise. A job that ran while systemd was replaced (daemon-reexec) goes on: it is
/// looked up again; if it is gone by then, how it ended is unknown, and said so.
class JobResults {
 public:
  /// systemd's word for the end: "done", "failed", "canceled", "timeout", "dependency", …; or the error.
  using Ended = std::function<void(const Result<std::string>& word)>;

  /// @param bus, calls must outlive this
  JobResults(sd_bus* bus, Calls& calls) : bus_(bus), calls_(&calls) {}
  JobResults(const JobResults&) = delete;
  JobResults& operator=(const JobResults&) = delete;

  /// Listens from now on: call it before the call that makes a job, or its end may be missed. Each success
  /// is ended by one await() or one give_up().
  Result<void> prepare();
  /// @param reply the answer of StartUnit and its kin, which names the job; it is no error
  void await(sd_bus_message* reply, Ended ended);
  void give_up();

 private:
  struct Job {
    std::string path;
    std::string owner;  ///< systemd's unique name: anybody could send a JobRemoved
    Ended ended;
  };
  void finish(std::list<Job>::iterator job, const Result<std::string>& word);
  void owner_changed(const std::string& owner);
  void look_up(const std::string& path);
  void stop_listening();
  static int on_removed(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;
  static int on_owner(sd_bus_message* signal, void* data, sd_bus_error*) noexcept;

  sd_bus* bus_;
  Calls* calls_;
  std::list<Job> jobs_;
  int prepared_ = 0;
  Slot removed_;
  Slot owner_;
};

}  // namespace nova::systemd
