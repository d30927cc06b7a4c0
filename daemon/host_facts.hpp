// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/service.hpp"

namespace nova {

/// What the host says of itself, from the kernel and /etc; what cannot be read stays empty.
/// @param name in Nova @param systemd its version, as systemd says on the bus
HostInfo read_host_info(const std::string& name, const std::string& systemd);

/// The load of the last minute, from sysinfo(2), to two decimals; 0 where it cannot be read.
double load_average();
/// When the machine was booted, by the wall clock as it is set now.
WallTime boot_time(const Now& now);

/// gethostname(2).
std::string host_name();

}  // namespace nova
