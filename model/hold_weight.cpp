// SPDX-License-Identifier: Apache-2.0
#include "model/hold_weight.hpp"

#include <algorithm>

namespace nova {
namespace {

// Names, punctuation, ids, times and words, at their longest, with a comma behind.
constexpr std::size_t hold_frame = 360;
constexpr std::size_t release_frame = 160;

/// JSON escapes quotes and backslashes; control characters there are none.
std::size_t text(const std::string& text) {
  const auto escaped = [](char c) { return c == '"' || c == '\\'; };
  return text.size() + static_cast<std::size_t>(std::ranges::count_if(text, escaped));
}

}  // namespace

std::size_t weight_of(const Hold& hold) {
  return hold_frame + text(hold.owner) + text(hold.actor) + text(hold.reason);
}

std::size_t weight_of(const Release& release) {
  return release_frame + text(release.actor) + text(release.message);
}

std::size_t heaviest_release() {
  // A character of the message has four bytes, or is one that is escaped.
  return release_frame + 2 * max_label + 4 * max_reason;
}

}  // namespace nova
