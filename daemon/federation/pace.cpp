// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/pace.hpp"

#include <algorithm>

namespace nova::federation {

void Pace::succeeded() {
  failures_ = 0;
}

Millis Pace::failed(double jitter) {
  const auto rounds = std::min<std::size_t>(failures_ / urls_, 16);
  ++failures_;
  url_ = (url_ + 1) % urls_;
  const auto pause = std::min(shortest_pause * (1 << rounds), longest_pause);
  return Millis{static_cast<Millis::rep>(static_cast<double>(pause.count()) * (0.5 + jitter))};
}

void Pace::restart() {
  url_ = 0;
  failures_ = 0;
}

Millis Pace::wait_for_turn(BootTime now) {
  paid_until_ = std::max(paid_until_, now) + refill;
  return std::max(Millis{0}, paid_until_ - now - refill * burst);
}

}  // namespace nova::federation
