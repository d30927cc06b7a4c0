// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/vocabulary.hpp"

namespace nova::host {

/// One thing to be done to a unit.
struct UnitJob {
  Verb verb = Verb::start;  ///< start, stop, restart or suspend; never pause or resume
  std::string unit;         ///< primary id
  BootTime deadline;        ///< systemd is not called after it
};

/// Port: acts on units. Implemented over systemd's D-Bus API by daemon/systemd, and by a fake in tests.
///
/// Every function returns at once; `done` is called exactly once, later, from the loop (never from inside the
/// call), with nothing where systemd's job ended in "done", or with the error:
///  - Errc::job_failed: the job ended otherwise; the message has systemd's word for it ("failed", "timeout",
///    "canceled", "dependency", …). Or only a part was done: the unit was thawed, and then not stopped
///  - Errc::indeterminate: systemd was called, and does not say how it ended
///  - Errc::deadline_exceeded: the deadline passed before systemd was called; nothing was done
///  - Errc::access_denied, Errc::not_supported, Errc::no_such_service, Errc::unavailable: systemd refused, or
///    could not be called; nothing was done
/// One thread.
class UnitControl {
 public:
  using Done = std::function<void(Result<void>)>;

  virtual ~UnitControl() = default;

  /// Performs the verb. A frozen unit is thawed before it is stopped or restarted (systemd 257 refuses
  /// otherwise), and START of a frozen unit thaws it. The deadline is looked at right before each call.
  virtual void perform(const UnitJob& job, Done done) = 0;
  /// Thaws a unit that SUSPEND froze. A unit that is not frozen is a success.
  virtual void thaw(const std::string& unit, Done done) = 0;
  /// Tells which targets of our own (novahost-paused@….target) are active.
  virtual void active_targets(std::function<void(Result<std::vector<std::string>>)> done) = 0;
  /// Starts or stops a target of our own (novahost-paused@….target), plainly: no thaw, no deadline.
  virtual void set_target(const std::string& target, bool active, Done done) = 0;
};

}  // namespace nova::host
