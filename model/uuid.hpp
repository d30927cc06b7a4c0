// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace nova {

/// A UUID (RFC 4122). The all-zero value means "none".
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
};

/// The canonical lower-case form of 36 characters.
std::string to_string(const Uuid&);
/// Takes the canonical form in either case; nothing else (no braces, no urn:).
/// @param field what to name in the error, e.g. "service"
Result<Uuid> parse_uuid(std::string_view text, std::string_view field = "id");
/// A random UUID (version 4) from the kernel's generator: for the edges, never for a core.
Uuid random_uuid();
/// The name-based UUID (version 5, SHA-1) of `name` within `space`: the same for ever.
Uuid name_uuid(const Uuid& space, std::string_view name);

}  // namespace nova

template <>
struct std::hash<nova::Uuid> {
  std::size_t operator()(const nova::Uuid& id) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};
