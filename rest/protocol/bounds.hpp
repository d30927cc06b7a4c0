// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of one value in a message, for whoever writes, reads or judges one; a message's own is max_body.
namespace nova::protocol {

inline constexpr std::size_t max_word = 64;        ///< bytes of one of systemd's words
inline constexpr std::size_t max_name = 255;       ///< bytes of a host's, unit's, binary's or instance's name
inline constexpr std::size_t max_fact = 512;       ///< bytes of a text in a host's facts
inline constexpr std::size_t max_detail = 2048;    ///< bytes of a text for people
inline constexpr std::size_t max_aliases = 256;    ///< of one unit
inline constexpr std::size_t max_services = 1024;  ///< of one host
inline constexpr std::size_t max_hold_records = 32768;  ///< additions, and releases, in one message
inline constexpr std::size_t max_actions = 4096;        ///< or commands, in one message

}  // namespace nova::protocol
