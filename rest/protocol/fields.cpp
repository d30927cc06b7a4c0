// SPDX-License-Identifier: Apache-2.0
#include "rest/protocol/fields.hpp"

#include <cmath>
#include <cstdint>

#include "model/text.hpp"

namespace nova::protocol {

Fields::Fields(const nlohmann::json& object, std::string_view where, UnknownFields unknown)
    : object_(object), where_(where), unknown_(unknown) {
  if (!object_.is_object()) fault(where_, "it must be an object");
}

std::string Fields::path(std::string_view key) const {
  if (where_.empty()) return std::string(key);
  return where_ + "." + std::string(key);
}

void Fields::fault(std::string_view at, const std::string& why) {
  if (error_) return;
  const std::string place = at.empty() ? "the document" : std::string(at);
  error_ = Error{Errc::invalid_argument, "cannot take " + place + ": " + why, std::string(at)};
}

void Fields::refuse(std::string_view key, const std::string& why) {
  fault(path(key), why);
}

void Fields::adopt(const Error& error) {
  if (!error_) error_ = Error{error.code, error.message + " (" + path(error.field) + ")", path(error.field)};
}

const nlohmann::json* Fields::find(const char* key) {
  if (error_) return nullptr;
  if (unknown_ == UnknownFields::refuse) seen_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json* Fields::need(const char* key) {
  const auto* value = find(key);
  if (!value) refuse(key, "it is missing");
  return value;
}

void Fields::refuse_unknown() {
  for (const auto& [key, value] : object_.items())
    if (!seen_.contains(key)) return refuse(presentable(key, max_word), "no such field is known");
}

std::string Fields::take_text(const nlohmann::json& value, std::string_view at, Text form) {
  if (!value.is_string()) return fault(at, "it must be a string"), "";
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() && !form.may_be_empty) return fault(at, "it must not be empty"), "";
  if (text.size() > form.max_bytes)
    return fault(at, "it has " + std::to_string(text.size()) + " bytes, at most " +
                         std::to_string(form.max_bytes) + " are taken"),
           "";
  if (!text_length(text)) return fault(at, "it must be valid UTF-8"), "";
  if (has_control(text)) return fault(at, "remove its control characters"), "";
  return text;
}

std::string Fields::text(const char* key, Text form) {
  const auto* value = need(key);
  return value ? take_text(*value, path(key), form) : "";
}

std::string Fields::optional_text(const char* key, Text form, std::string_view otherwise) {
  const auto* value = find(key);
  return value ? take_text(*value, path(key), form) : std::string(otherwise);
}

std::uint64_t Fields::count(const char* key, std::uint64_t max) {
  return need(key) ? optional_count(key, max) : 0;
}

std::int64_t Fields::whole(const char* key) {
  const auto* value = need(key);
  if (!value) return 0;
  const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX;
  if (!value->is_number_integer() || !fits) return refuse(key, "it must be a whole number"), 0;
  return value->get<std::int64_t>();
}

std::uint64_t Fields::optional_count(const char* key, std::uint64_t max, std::uint64_t otherwise) {
  const auto* value = find(key);
  if (!value) return otherwise;
  const bool whole =
      value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0);
  if (!whole || value->get<std::uint64_t>() > max)
    return refuse(key, "it must be a whole number from 0 to " + std::to_string(max)), otherwise;
  return value->get<std::uint64_t>();
}

bool Fields::flag(const char* key, bool otherwise) {
  const auto* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) return refuse(key, "it must be true or false"), otherwise;
  return value->get<bool>();
}

double Fields::figure(const char* key) {
  const auto* value = find(key);
  if (!value) return 0;
  if (!value->is_number() || !std::isfinite(value->get<double>()) || value->get<double>() < 0)
    return refuse(key, "it must be a number from 0"), 0;
  return value->get<double>();
}

Uuid Fields::take_id(const nlohmann::json& value, const std::string& at) {
  if (!value.is_string()) return fault(at, "it must be a UUID in a string"), Uuid{};
  const Uuid id = take(parse_uuid(value.get_ref<const std::string&>(), at));
  if (id.is_nil()) fault(at, "the UUID of zeros is nobody's");
  return id;
}

Uuid Fields::id(const char* key) {
  const auto* value = need(key);
  return value ? take_id(*value, path(key)) : Uuid{};
}

std::optional<double> Fields::optional_figure(const char* key) {
  if (!has(key)) return std::nullopt;
  return figure(key);
}

std::optional<Uuid> Fields::optional_id(const char* key) {
  const auto* value = find(key);
  if (!value) return std::nullopt;
  return take_id(*value, path(key));
}

WallTime Fields::time(const char* key) {
  const auto* value = need(key);
  if (!value) return {};
  if (!value->is_string()) return refuse(key, "it must be a time in a string"), WallTime{};
  return take(parse_rfc3339(value->get_ref<const std::string&>(), path(key)));
}

std::optional<WallTime> Fields::optional_time(const char* key) {
  if (!has(key)) return std::nullopt;
  return time(key);
}

void Fields::each(const char* key, std::size_t max,
                  const std::function<void(const nlohmann::json&, const std::string&)>& visit) {
  const auto* values = find(key);
  if (!values) return;
  if (!values->is_array()) return refuse(key, "it must be a list");
  if (values->size() > max)
    return refuse(key, "it has " + std::to_string(values->size()) + " entries, at most " +
                           std::to_string(max) + " are taken");
  for (std::size_t i = 0; i < values->size() && good(); ++i)
    visit((*values)[i], path(key) + "[" + std::to_string(i) + "]");
}

std::vector<Uuid> Fields::ids(const char* key, std::size_t max) {
  std::vector<Uuid> found;
  each(key, max,
       [&](const nlohmann::json& item, const std::string& at) { found.push_back(take_id(item, at)); });
  return found;
}

std::vector<std::string> Fields::texts(const char* key, std::size_t max, Text form) {
  std::vector<std::string> found;
  each(key, max, [&](const nlohmann::json& item, const std::string& at) {
    found.push_back(take_text(item, at, form));
  });
  return found;
}

std::set<Enforcer> Fields::enforcers(const char* key) {
  std::set<Enforcer> found;
  for (const std::string& word : texts(key, 16, {max_word, false})) {
    const auto enforcer = parse_enforcer(word);
    if (!enforcer) return refuse(key, "\"" + word + "\" is no enforcement"), found;
    found.insert(*enforcer);
  }
  return found;
}

}  // namespace nova::protocol
