// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace nova::protocol {

/// Bodies from this size on travel compressed.
inline constexpr std::size_t compress_from = std::size_t{16} * 1024;

/// True for what begins as gzip does; no JSON can.
bool is_gzip(std::string_view body);
/// The body in gzip's format (RFC 1952).
std::string gzip(std::string_view body);
/// The reverse, which stops at `max_bytes` however small the compressed body is.
/// @return Errc::too_large, or Errc::invalid_argument where it is broken or cut off
Result<std::string> gunzip(std::string_view body, std::size_t max_bytes);

}  // namespace nova::protocol
