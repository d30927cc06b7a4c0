// SPDX-License-Identifier: Apache-2.0
#include "rest/http/etag.hpp"

#include <array>
#include <charconv>

namespace nova::http {
namespace {

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

constexpr std::uint64_t fnv_start = 14695981039346656037ULL;

std::uint64_t fnv1a(std::string_view text, std::uint64_t sum) {
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return sum;
}

std::string_view unmarked(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string etag_of(const zone::Snapshot& snapshot) {
  return etag_of(snapshot.incarnation, snapshot.generation);
}

std::string etag_of(const Uuid& incarnation, std::uint64_t generation) {
  return "\"" + to_string(incarnation).substr(0, 8) + "-" + hex(generation) + "\"";
}

std::string etag_of(const JsonOut& body) {
  const std::string_view text = body.text();
  std::uint64_t sum = fnv_start;
  std::size_t counted = 0;
  std::size_t from = 0;
  const auto count = [&](std::size_t to) {
    sum = fnv1a(text.substr(from, to - from), sum);
    counted += to - from;
  };
  for (const auto& [begin, end] : body.moving()) {
    count(begin);
    from = end;
  }
  count(text.size());
  return "W/\"" + hex(sum) + "-" + hex(counted) + "\"";
}

bool matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const auto end = if_none_match.find(',');
    const auto one = trimmed(if_none_match.substr(0, end));
    if (one == "*" || unmarked(one) == unmarked(etag)) return true;
    if (end == std::string_view::npos) break;
    if_none_match.remove_prefix(end + 1);
  }
  return false;
}

Reply not_modified(const std::string& etag) {
  return Reply{.status = 304}.with("ETag", etag).with("Cache-Control", "no-cache");
}

}  // namespace nova::http
