// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/timing.hpp"

#include <algorithm>

namespace nova::zone {
namespace {

constexpr std::size_t small_zone = 1000;
constexpr Millis small_promise{3000};

// A third of the promise, less what an answer may need on its way; jitter takes away up to a sixth of it.
constexpr double share_of_interval = 0.30;
constexpr double jitter_share = 0.05;
// Three intervals (0.90) and a margin; the rest is for publishing and reading what was found.
constexpr double share_of_silence = 0.95;

Millis part_of(Millis promise, double share) {
  return Millis{static_cast<Millis::rep>(static_cast<double>(promise.count()) * share)};
}

}  // namespace

Millis loss_promise(std::size_t hosts) {
  if (hosts <= small_zone) return small_promise;
  return small_promise + Millis{static_cast<Millis::rep>((hosts - small_zone) * 7 / 9)};
}

Millis sync_interval(std::size_t hosts, double jitter) {
  return part_of(loss_promise(hosts), share_of_interval - jitter_share * std::clamp(jitter, 0.0, 1.0));
}

Millis lost_after(std::size_t hosts) {
  return part_of(loss_promise(hosts), share_of_silence);
}

}  // namespace nova::zone
