// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nova::protocol {

/// Undoes percent-encoding; nothing where a % is not followed by two hex digits.
/// @param plus_is_space as in a query
std::optional<std::string> percent_decode(std::string_view raw, bool plus_is_space = false);

}  // namespace nova::protocol
