// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/service.hpp"

namespace nova {

/// What the host says of itself, from the kernel and /etc; what cannot be read stays empty.
/// @param name in Nova @param systemd its version, as systemd says on the bus
HostInfo read_host_info(const std::string& name, const std::string& systemd);

/// gethostname(2).
std::string host_name();

}  // namespace nova
