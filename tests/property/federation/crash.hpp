// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nova::federation::property {

/// Thrown where a process dies: whoever catches it throws the process away and keeps its disk.
struct Crash {};

/// What a disk does at its next write.
enum class Fault {
  none,
  die_before,  ///< the process dies, nothing of the write is there
  die_after,   ///< the write is durable, then the process dies
  full,        ///< the write is refused, the process lives
};

}  // namespace nova::federation::property
