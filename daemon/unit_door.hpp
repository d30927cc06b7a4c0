// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/error.hpp"

namespace nova {

/// What novahost-pause@INSTANCE.service runs: PAUSE at its start, RESUME of just that hold at its stop,
/// through the bus like everybody else. Both block, for a command line only.
///
/// @param instance the unit's name without ".service"
/// @param reasons the directory of INSTANCE.reason files; the first line is the reason, or, where it is not
/// fit to be one, a fixed text is
Result<std::string> pause_by_unit(const std::string& instance, const std::string& reasons);
/// While the machine goes down, or where that cannot be known, nothing is released: stopping a unit then is
/// no RESUME.
Result<std::string> resume_by_unit(const std::string& instance);

}  // namespace nova
