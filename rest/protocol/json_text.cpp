// SPDX-License-Identifier: Apache-2.0
#include "rest/protocol/json_text.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <vector>

#include "model/text.hpp"

namespace nova::protocol {
namespace {

/// True where brackets nest deeper than allowed; strings are stepped over.
bool too_deep(std::string_view text, std::size_t deepest) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

/// Watches for a key that an object has twice: of two, one would be lost without a word.
class Keys {
 public:
  void heed(nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event != Event::key || repeated_) return;
    const auto& key = value.get_ref<const std::string&>();
    if (!open_.back().insert(key).second)
      repeated_ = key.size() > longest_shown || has_control(key) ? "a key" : "\"" + key + "\"";
  }
  const std::optional<std::string>& repeated() const { return repeated_; }

 private:
  static constexpr std::size_t longest_shown = 40;

  std::vector<std::unordered_set<std::string>> open_;
  std::optional<std::string> repeated_;
};

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_bytes, std::size_t deepest) {
  if (text.size() > max_bytes)
    return fail(Errc::too_large, "cannot read a body of " + std::to_string(text.size()) + " bytes: at most " +
                                     std::to_string(max_bytes) + " are taken");
  if (text.empty()) return fail(Errc::invalid_argument, "cannot read an empty body: send a JSON object");
  if (!text_length(text)) return fail(Errc::invalid_argument, "cannot read the body: it must be valid UTF-8");
  if (too_deep(text, deepest))
    return fail(Errc::invalid_argument,
                "cannot read the body: its JSON nests deeper than " + std::to_string(deepest) + " levels");
  Keys keys;
  try {
    const auto heed = [&keys](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      keys.heed(event, value);
      return true;
    };
    auto value = nlohmann::json::parse(text, heed);
    if (keys.repeated())
      return fail(Errc::invalid_argument,
                  "cannot read the body: its JSON has " + *keys.repeated() + " twice in one object");
    return value;
  } catch (const nlohmann::json::parse_error& error) {
    return fail(Errc::invalid_argument,
                "cannot read the body: it is no valid JSON (at byte " + std::to_string(error.byte) + ")");
  } catch (const nlohmann::json::exception&) {
    return fail(Errc::invalid_argument, "cannot read the body: a number in it is out of range");
  }
}

std::string dump_json(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace nova::protocol
