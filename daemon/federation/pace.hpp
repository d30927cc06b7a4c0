// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "model/time.hpp"

namespace nova::federation {

/// When to talk to the zone next, and at which of its URLs. A failure moves on to the next URL; the pauses
/// grow with every round through them, from a tenth of a second to ten seconds, each stretched or shortened
/// by chance, so that thousands of hosts do not come back in one moment. No clock in here.
class Pace {
 public:
  /// @param urls how many there are, at least one
  explicit Pace(std::size_t urls) : urls_(urls) {}

  std::size_t url() const { return url_; }
  void succeeded();
  /// @param jitter 0 to 1, random
  /// @return how long to wait before the next attempt
  Millis failed(double jitter);
  /// Starts again at the first URL.
  void restart();

  /// How long a sync has to wait that should happen at once: not at all, unless there were very many lately
  /// (a unit that flaps, a doorbell that rings for nothing).
  Millis wait_for_turn(BootTime now);

  static constexpr Millis shortest_pause{100};
  static constexpr Millis longest_pause{10'000};
  static constexpr int burst = 40;     ///< syncs without a pause
  static constexpr Millis refill{25};  ///< then one in this time

 private:
  std::size_t urls_;
  std::size_t url_ = 0;
  std::size_t failures_ = 0;
  BootTime paid_until_{};  // the moment at which the burst is whole again
};

}  // namespace nova::federation
