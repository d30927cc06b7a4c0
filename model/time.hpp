// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace nova {

using Millis = std::chrono::milliseconds;

/// A moment of the wall clock, UTC, to the millisecond: what people read and what holds carry.
using WallTime = std::chrono::sys_time<Millis>;

/// The clock of ages and deadlines: CLOCK_BOOTTIME, which runs on while the machine is asleep
/// (clock_gettime(2)). It has no now() here: time is an argument.
struct BootClock {
  using duration = Millis;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

/// What a decision may know of the time.
struct Now {
  WallTime wall;
  BootTime boot;
  /// The kernel calls its clock synchronised (adjtimex(2), no STA_UNSYNC); `until` is judged only then.
  bool synchronised = false;
};

/// RFC 3339 in UTC with milliseconds, "2026-11-23T03:19:00.000Z".
std::string to_rfc3339(WallTime);
/// Reads RFC 3339 with a zone ("Z" or "+01:00") and up to nine decimals, from 1970 to 9999; a time without a
/// zone is refused.
/// @param field what to name in the error
Result<WallTime> parse_rfc3339(std::string_view text, std::string_view field = "time");

}  // namespace nova
