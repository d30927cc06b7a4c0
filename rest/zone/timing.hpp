// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "model/time.hpp"

namespace nova::zone {

/// Within which time a zone of so many hosts promises to show that one was lost: 3 s up to 1,000 hosts, 10 s
/// at 10,000, growing evenly in between and beyond (design section 6).
Millis loss_promise(std::size_t hosts);

/// The time until a host's next sync: at most a third of the promise.
/// @param jitter 0 to 1, random: spreads hosts that started together
Millis sync_interval(std::size_t hosts, double jitter);

/// After so much silence a host is lost: three missed syncs, and still within the promise.
Millis lost_after(std::size_t hosts);

}  // namespace nova::zone
