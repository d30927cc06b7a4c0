// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <string>

#include "daemon/host/unit_control.hpp"

namespace nova::systemd {

/// host::UnitControl over systemd's D-Bus API. Each verb is a chain of asynchronous calls: read the freezer's
/// state, thaw where needed, start the job, await its JobRemoved, let the observer see the effect, answer.
/// JobRemoved is subscribed to only while a job of ours runs, so other units' jobs cost nothing otherwise.
class Control final : public host::UnitControl {
 public:
  struct Ports {
    std::function<BootTime()> now;  ///< CLOCK_BOOTTIME
    /// Has the unit read again and calls back when its facts are seen (Watcher::refresh): a verb is answered
    /// after its effect can be read.
    std::function<void(const std::string& unit, std::function<void()> seen)> refresh;
    /// How long systemd is given to answer a call, however near the deadline is: it may have to ask polkit
    /// first.
    Millis patience{25'000};
  };

  /// @param bus the system bus, attached to the loop; it must outlive this. Jobs that still run when this is
  /// destroyed go on in systemd; their `done` is not called.
  Control(sd_bus* bus, Ports ports);
  ~Control() override;

  void perform(const host::UnitJob& job, Done done) override;
  void thaw(const std::string& unit, Done done) override;
  void active_targets(std::function<void(Result<std::vector<std::string>>)> done) override;
  void set_target(const std::string& target, bool active, Done done) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::systemd
