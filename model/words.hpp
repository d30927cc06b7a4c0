// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace nova {

/// One enumeration's words: the spelling used on D-Bus, in JSON, in files and by people, once.
template <typename E, std::size_t N>
struct Words {
  std::array<std::pair<E, std::string_view>, N> list;

  constexpr std::string_view of(E value) const {
    for (const auto& [known, word] : list)
      if (known == value) return word;
    return "unknown";
  }
  constexpr std::optional<E> find(std::string_view text) const {
    for (const auto& [known, word] : list)
      if (word == text) return known;
    return std::nullopt;
  }
};

}  // namespace nova
