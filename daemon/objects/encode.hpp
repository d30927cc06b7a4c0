// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sdbus-c++/Types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/host/host.hpp"

namespace nova::objects {

using Dictionary = std::map<std::string, sdbus::Variant>;

/// A hold as in the property Holds.
Dictionary encode(const Hold& hold);
std::vector<Dictionary> encode(const std::vector<Hold>& holds);
/// A hold that has ended, as in the method History.
Dictionary encode(const std::pair<Hold, Release>& ended);
/// The property Enforcement.
std::map<std::string, Dictionary> encode(const std::vector<Enforcement>& enforcement);
/// The property Verbs.
std::vector<std::string> verbs_for(Kind kind);
/// systemd's InvocationID: 32 hex digits as 16 bytes; empty for anything else.
std::vector<std::uint8_t> id_bytes(const std::string& hex);
/// Microseconds of the wall clock, as systemd's timestamps; 0 where it is not known.
std::uint64_t microseconds(const std::optional<WallTime>& time);

/// The names of the changing properties in which two states of one service differ.
std::vector<std::string> differing(const host::Service& before, const host::Service& after);

}  // namespace nova::objects
