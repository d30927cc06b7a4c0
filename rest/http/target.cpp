// SPDX-License-Identifier: Apache-2.0
#include "rest/http/target.hpp"

#include <optional>

#include "model/text.hpp"
#include "rest/protocol/percent.hpp"

namespace nova::http {
namespace {

constexpr std::size_t longest_target = 8192;

Result<std::string> decode(std::string_view raw, bool plus_is_space, const char* field) {
  const auto decoded = protocol::percent_decode(raw, plus_is_space);
  if (!decoded)
    return fail(Errc::invalid_argument,
                std::string("cannot read the ") + field + ": % must be followed by two hex digits", field);
  const std::string& text = *decoded;
  if (!text_length(text))
    return fail(Errc::invalid_argument, std::string("cannot read the ") + field + ": it is no valid UTF-8",
                field);
  if (has_control(text))
    return fail(Errc::invalid_argument,
                std::string("cannot read the ") + field + ": it holds NUL or another control character",
                field);
  return text;
}

Result<std::string> decode_segment(std::string_view raw) {
  auto text = decode(raw, false, "path");
  if (!text) return text;
  if (text->find('/') != std::string::npos)
    return fail(Errc::invalid_argument, "cannot read the path: no part of it may hold an encoded slash",
                "path");
  if (*text == "." || *text == "..")
    return fail(Errc::invalid_argument, "cannot read the path: it may not hold the parts \".\" and \"..\"",
                "path");
  return text;
}

/// Calls `take` with each piece between separators.
template <typename Take>
Result<void> split(std::string_view text, char separator, Take take) {
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (auto taken = take(text.substr(0, end)); !taken) return taken;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return {};
}

Result<void> take_parameter(std::string_view piece, Target& target) {
  if (piece.empty()) return {};
  const std::size_t equals = piece.find('=');
  auto name = decode(piece.substr(0, equals), true, "query");
  if (!name) return std::unexpected(name.error());
  auto value = decode(equals == std::string_view::npos ? "" : piece.substr(equals + 1), true, "query");
  if (!value) return std::unexpected(value.error());
  target.query.emplace_back(*std::move(name), *std::move(value));
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view raw) {
  if (raw.size() > longest_target)
    return fail(Errc::invalid_argument, "cannot read the path: it is longer than 8192 bytes", "path");
  if (!raw.starts_with('/'))
    return fail(Errc::invalid_argument, "cannot read the path: it must begin with a slash", "path");
  Target target;
  raw = raw.substr(0, raw.find('#'));
  const std::size_t question = raw.find('?');
  const auto path = raw.substr(1, question == std::string_view::npos ? question : question - 1);
  auto read = split(path, '/', [&](std::string_view piece) -> Result<void> {
    auto segment = decode_segment(piece);
    if (!segment) return std::unexpected(segment.error());
    target.path.push_back(*std::move(segment));
    return {};
  });
  if (read && question != std::string_view::npos)
    read = split(raw.substr(question + 1), '&',
                 [&](std::string_view piece) { return take_parameter(piece, target); });
  if (!read) return std::unexpected(read.error());
  return target;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
  return out;
}

}  // namespace nova::http
