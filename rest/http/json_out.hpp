// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::http {

/// Writes JSON front to back into one string, without a tree in between: answers are rendered from structs
/// of ours, whose texts were checked to be UTF-8 where they came in.
class JsonOut {
 public:
  JsonOut& begin_object() { return open('{'); }
  JsonOut& end_object() { return close('}'); }
  JsonOut& begin_array() { return open('['); }
  JsonOut& end_array() { return close(']'); }
  JsonOut& key(std::string_view name);
  JsonOut& value(std::string_view text);
  JsonOut& value(const char* text) { return value(std::string_view(text)); }
  JsonOut& value(bool truth);
  template <std::integral T>
  JsonOut& value(T number) {
    separate();
    text_ += std::to_string(number);
    return *this;
  }
  JsonOut& value(double number);
  /// Text that is JSON already.
  JsonOut& raw(std::string_view json);

  template <typename T>
  JsonOut& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  /// A field that is absent where its text is empty.
  JsonOut& field_if(std::string_view name, std::string_view v) { return v.empty() ? *this : field(name, v); }
  JsonOut& field(std::string_view name, const std::vector<std::string>& words);

  /// What `write` writes moves by itself and is no change of the resource (etag_of(const JsonOut&)).
  template <typename F>
  JsonOut& moving(F write) {
    const std::size_t from = text_.size();
    write();
    moving_.emplace_back(from, text_.size());
    return *this;
  }
  /// The places of what moves, from and to, in their order.
  const std::vector<std::pair<std::size_t, std::size_t>>& moving() const { return moving_; }

  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  JsonOut& open(char bracket);
  JsonOut& close(char bracket);
  void separate();

  std::string text_;
  std::vector<std::pair<std::size_t, std::size_t>> moving_;
  bool first_ = true;  // nothing before us in this object or array, or right behind a key
};

}  // namespace nova::http
