// SPDX-License-Identifier: Apache-2.0
#include "rest/http/json_out.hpp"

#include <charconv>
#include <cmath>

namespace nova::http {
namespace {

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view hex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else {
    out += "\\u00";
    out += hex[byte >> 4U];
    out += hex[byte & 15U];
  }
}

bool plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (plain(text[i])) continue;
    out.append(text, from, i - from);
    append_escaped(out, text[i]);
    from = i + 1;
  }
  out.append(text, from);
  out += '"';
}

}  // namespace

void JsonOut::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonOut& JsonOut::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonOut& JsonOut::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonOut& JsonOut::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonOut& JsonOut::value(std::string_view text) {
  separate();
  append_quoted(text_, text);
  return *this;
}

JsonOut& JsonOut::value(bool truth) {
  separate();
  text_ += truth ? "true" : "false";
  return *this;
}

JsonOut& JsonOut::value(double number) {
  separate();
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, std::isfinite(number) ? number : 0).ptr;
  text_.append(digits, end);
  return *this;
}

JsonOut& JsonOut::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

JsonOut& JsonOut::field(std::string_view name, const std::vector<std::string>& words) {
  key(name).begin_array();
  for (const auto& word : words) value(word);
  return end_array();
}

}  // namespace nova::http
