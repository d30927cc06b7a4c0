// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace nova::protocol {

/// How deep a JSON text of ours may nest: a sync body needs seven.
inline constexpr std::size_t max_depth = 16;

/// Reads JSON that somebody else wrote: bounds, then UTF-8, then the text itself, so that nothing large, deep
/// or broken reaches the parser. A key that an object has twice is refused by name.
/// @param text the whole document; nothing may follow it
/// @param max_bytes a larger text is Errc::too_large, before anything is looked at
/// @return the value, or Errc::invalid_argument with the byte where reading ended
Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_bytes,
                                  std::size_t deepest = max_depth);

/// Compact JSON. Never throws: what is not UTF-8 in a string becomes U+FFFD.
std::string dump_json(const nlohmann::json& value);

}  // namespace nova::protocol
