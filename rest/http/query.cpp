// SPDX-License-Identifier: Apache-2.0
#include "rest/http/query.hpp"

#include <algorithm>
#include <charconv>

namespace nova::http {
namespace {

std::unexpected<Error> refuse(std::string_view name, const std::string& why) {
  return fail(Errc::invalid_argument, "cannot take the query parameter " + std::string(name) + ": " + why,
              std::string(name));
}

std::string list(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text.empty() ? "none is known here" : "known here are " + text;
}

}  // namespace

Result<Query> Query::read(const Request& request, std::initializer_list<std::string_view> known) {
  Query query;
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name) == known.end()) return refuse(name, "it is unknown; " + list(known));
    if (!query.values_.emplace(name, value).second) return refuse(name, "it is given twice");
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<bool>> Query::flag(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (*value == "true") return true;
  if (*value == "false") return false;
  return refuse(name, "it must be true or false");
}

Result<std::optional<Uuid>> Query::id(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  auto id = parse_uuid(*value, name);
  if (!id) return std::unexpected(id.error());
  return *id;
}

Result<std::optional<std::uint64_t>> Query::number(std::string_view name, std::uint64_t smallest,
                                                   std::uint64_t largest) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (failure != std::errc{} || end != value->data() + value->size() || number < smallest || number > largest)
    return refuse(name, "it must be a whole number from " + std::to_string(smallest) + " to " +
                            std::to_string(largest));
  return number;
}

Result<std::optional<Kind>> Query::kind() const {
  const auto value = text("kind");
  if (!value) return std::nullopt;
  const auto kind = parse_kind(*value);
  if (!kind)
    return refuse("kind", "it must be one of api, metadata, compute, conductor, scheduler, console-proxy");
  return kind;
}

Result<std::optional<State>> Query::state() const {
  const auto value = text("state");
  if (!value) return std::nullopt;
  const auto state = parse_state(*value);
  if (!state) return refuse("state", "it must be one of up, down, unknown");
  return state;
}

}  // namespace nova::http
