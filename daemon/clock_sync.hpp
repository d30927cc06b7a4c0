// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <optional>

#include "model/time.hpp"

namespace nova {

/// Whether the kernel calls its clock synchronised, in the words of systemd-timedated (NTPSynchronized of
/// org.freedesktop.timedate1(5): adjtimex(2) tells of an error below 16 s; STA_UNSYNC alone says nothing
/// there, it may only keep the kernel from writing the hardware's clock). It is asked over the bus because a
/// system call filter that lets adjtimex(2) through lets a daemon set the clock as well.
///
/// An answer is believed for an hour; where a hold is to end by it, for half a second. What is not known, or
/// cannot be asked, is not synchronised. It never blocks. One thread: that of the bus' loop.
class ClockSync {
 public:
  /// @param bus the system bus, attached to the loop; it must outlive this
  /// @param read the clocks
  /// @param answered called from the loop after each answer
  ClockSync(sd_bus* bus, std::function<Now()> read, std::function<void()> answered);
  ~ClockSync();
  ClockSync(const ClockSync&) = delete;
  ClockSync& operator=(const ClockSync&) = delete;

  /// The clocks, with what the last hour's answer said; asks anew where that is getting old.
  Now now();
  /// What timedated says at this moment; nothing while it is being asked: answered() comes.
  std::optional<bool> is_synchronised();

 private:
  static int on_answer(sd_bus_message* answer, void* self, sd_bus_error*);
  void ask();
  void take(std::optional<bool> said);

  sd_bus* bus_;
  std::function<Now()> read_;
  std::function<void()> answered_;
  sd_bus_slot* asking_ = nullptr;
  bool synchronised_ = false;
  std::optional<BootTime> answered_at_;
};

}  // namespace nova
