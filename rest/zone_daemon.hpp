// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/error.hpp"
#include "model/time.hpp"
#include "rest/config.hpp"

namespace nova::zone {

/// The wall clock, to the millisecond.
WallTime wall_clock();

/// Serves the zone until SIGTERM or SIGINT: parts in the order in which they need each other, the door last.
/// Tells systemd when it is ready and feeds its watchdog; SIGHUP reads the certificates again.
Result<void> serve(const Config& config);

}  // namespace nova::zone
