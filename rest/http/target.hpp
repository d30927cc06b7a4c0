// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/error.hpp"

namespace nova::http {

/// A request's path and query, decoded.
struct Target {
  std::vector<std::string> path;  ///< segments; a slash at the end adds none
  std::vector<std::pair<std::string, std::string>> query;
};

/// Splits and decodes "/services/a%20b?limit=3". The server library decodes nothing, so this is where it is
/// checked: percent signs that start no byte, bytes that are no UTF-8, NUL and other control characters,
/// encoded slashes and dot segments are refused (Errc::invalid_argument naming path or query), so that no
/// handler sees them.
Result<Target> parse_target(std::string_view raw);

/// Encodes a text as one value of a query or one segment of a path.
std::string percent_encode(std::string_view text);

}  // namespace nova::http
