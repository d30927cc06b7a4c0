// SPDX-License-Identifier: Apache-2.0
#include "model/action.hpp"

#include <algorithm>

namespace nova {

BootTime deadline_of(const Command& command, BootTime sync_sent) {
  return sync_sent + std::clamp(command.remaining, Millis{0}, longest_command_time);
}

}  // namespace nova
