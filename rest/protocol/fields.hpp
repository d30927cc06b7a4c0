// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/text.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"
#include "rest/protocol/codec.hpp"

namespace nova::protocol {

// For the codec's own sources.

/// Reads the fields of one JSON object. The first thing that is wrong is kept and everything after it reads
/// as a default, so that a decoder lists its fields one after the other and asks once, at its end.
class Fields {
 public:
  /// How a text may look.
  struct Text {
    std::size_t max_bytes;
    bool may_be_empty = true;
  };

  Fields(const nlohmann::json& object, std::string_view where, UnknownFields unknown);

  // Fields that have to be there.
  std::string text(const char* key, Text form);
  std::uint64_t count(const char* key, std::uint64_t max);
  std::int64_t whole(const char* key);
  Uuid id(const char* key);
  WallTime time(const char* key);
  template <typename E>
  E word(const char* key, std::optional<E> (*parse)(std::string_view)) {
    const auto value = parse(text(key, {max_word, false}));
    if (!value && !error_) refuse(key, "its value is not one of the known words");
    return value.value_or(E{});
  }
  template <typename T>
  T object(const char* key, Result<T> (*decode)(const nlohmann::json&, std::string_view, UnknownFields)) {
    const auto* value = need(key);
    if (!value) return {};
    return take(decode(*value, path(key), unknown_));
  }

  // Fields that may be missing (or null); the default then.
  std::string optional_text(const char* key, Text form, std::string_view otherwise = "");
  std::uint64_t optional_count(const char* key, std::uint64_t max, std::uint64_t otherwise = 0);
  bool flag(const char* key, bool otherwise);
  double figure(const char* key);
  std::optional<double> optional_figure(const char* key);
  std::optional<Uuid> optional_id(const char* key);
  std::optional<WallTime> optional_time(const char* key);
  template <typename T>
  std::optional<T> optional_object(const char* key, Result<T> (*decode)(const nlohmann::json&,
                                                                        std::string_view, UnknownFields)) {
    if (!has(key)) return std::nullopt;
    return object<T>(key, decode);
  }
  template <typename T>
  std::vector<T> list(const char* key, std::size_t max,
                      Result<T> (*decode)(const nlohmann::json&, std::string_view, UnknownFields)) {
    std::vector<T> values;
    each(key, max, [&](const nlohmann::json& item, const std::string& at) {
      values.push_back(take(decode(item, at, unknown_)));
    });
    return values;
  }
  std::vector<Uuid> ids(const char* key, std::size_t max);
  std::vector<std::string> texts(const char* key, std::size_t max, Text form);
  std::set<Enforcer> enforcers(const char* key);

  /// Notes what is wrong with a field, unless something was already.
  void refuse(std::string_view key, const std::string& why);
  /// Takes over an error of the model's own rules, whose field is one of this object's.
  void adopt(const Error& error);
  bool good() const { return !error_; }
  std::string path(std::string_view key) const;

  /// The value where everything was well; else the first error.
  template <typename T>
  Result<T> finish(T value) {
    if (!error_ && unknown_ == UnknownFields::refuse) refuse_unknown();
    if (error_) return std::unexpected(*error_);
    return value;
  }

 private:
  const nlohmann::json* find(const char* key);
  const nlohmann::json* need(const char* key);
  bool has(const char* key) { return find(key) != nullptr; }
  std::string take_text(const nlohmann::json& value, std::string_view at, Text form);
  Uuid take_id(const nlohmann::json& value, const std::string& at);
  void each(const char* key, std::size_t max,
            const std::function<void(const nlohmann::json&, const std::string&)>& visit);
  void fault(std::string_view at, const std::string& why);
  void refuse_unknown();
  template <typename T>
  T take(Result<T> result) {
    if (result) return *std::move(result);
    if (!error_) error_ = result.error();
    return {};
  }

  const nlohmann::json& object_;
  std::string where_;
  UnknownFields unknown_;
  std::set<std::string, std::less<>> seen_;  // only where unknown fields are refused
  std::optional<Error> error_;
};

}  // namespace nova::protocol
