// SPDX-License-Identifier: Apache-2.0
#include "model/text.hpp"

#include <cstdint>

namespace nova {
namespace {

constexpr std::uint32_t invalid = 0xFFFFFFFF;

/// Takes one code point off the front of the text; `invalid` where there is none.
std::uint32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  std::size_t size = 0;
  std::uint32_t smallest = 0;
  std::uint32_t point = 0;
  if (lead < 0x80) {
    size = 1, point = lead;
  } else if ((lead & 0xE0) == 0xC0) {
    size = 2, smallest = 0x80, point = lead & 0x1FU;
  } else if ((lead & 0xF0) == 0xE0) {
    size = 3, smallest = 0x800, point = lead & 0x0FU;
  } else if ((lead & 0xF8) == 0xF0) {
    size = 4, smallest = 0x10000, point = lead & 0x07U;
  }
  if (size == 0 || text.size() < size) return invalid;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    point = (point << 6) | (byte(i) & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < smallest || surrogate || point > 0x10FFFF) return invalid;
  text.remove_prefix(size);
  return point;
}

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

}  // namespace

std::optional<std::size_t> text_length(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count)
    if (take_code_point(text) == invalid) return std::nullopt;
  return count;
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (point == invalid || is_control(point)) return true;
  }
  return false;
}

std::string presentable(std::string_view text, std::size_t max_bytes, std::size_t max_characters) {
  std::string shown;
  for (std::size_t count = 0; !text.empty() && count < max_characters; ++count) {
    const std::string_view from = text;
    const auto point = take_code_point(text);
    if (point == invalid) text.remove_prefix(1);  // no UTF-8: step over one byte
    const auto character = from.substr(0, from.size() - text.size());
    const std::string_view put = point == invalid ? "?" : has_control(character) ? " " : character;
    if (shown.size() + put.size() > max_bytes) break;
    shown += put;
  }
  return shown;
}

std::string shortened(std::string_view text, std::size_t most) {
  constexpr auto any_size = std::string_view::npos;
  const std::string shown = presentable(text, any_size, most + 1);
  if (text_length(shown).value_or(0) <= most) return shown;
  return presentable(text, any_size, most - 1) + "\u2026";
}

}  // namespace nova
