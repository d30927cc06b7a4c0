// SPDX-License-Identifier: Apache-2.0
#include "rest/http/action_body.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "model/text.hpp"
#include "rest/protocol/json_text.hpp"

namespace nova::http {
namespace {

using nlohmann::json;

constexpr std::size_t deepest_body = 8;

struct Name {
  std::string_view word;
  Verb verb;
};
constexpr std::array names{Name{"pause", Verb::pause},     Name{"PAUSE", Verb::pause},
                           Name{"resume", Verb::resume},   Name{"RESUME", Verb::resume},
                           Name{"start", Verb::start},     Name{"stop", Verb::stop},
                           Name{"restart", Verb::restart}, Name{"suspend", Verb::suspend}};

/// A client's word in a message: cut, and free of what would break a log or a terminal.
std::string shown_word(std::string_view text) {
  if (text.size() > 40 || has_control(text)) return "a field of another name";
  return "\"" + std::string(text) + "\"";
}

std::unexpected<Error> refuse(const std::string& field, const std::string& why) {
  return fail(Errc::invalid_argument, "cannot take " + field + ": " + why, field);
}

/// The model's own rules name the field alone; here it stands within an action.
template <typename T>
Result<T> within(const std::string& field, Result<T> checked) {
  if (checked || checked.error().message.find(field) != std::string::npos) return checked;
  return fail(checked.error().code, checked.error().message + " (" + field + ")", field);
}

Result<std::string> text_of(const std::string& field, const json& value) {
  if (!value.is_string()) return refuse(field, "it must be a text");
  return value.get<std::string>();
}

Result<bool> flag_of(const std::string& field, const json& value) {
  if (!value.is_boolean()) return refuse(field, "it must be true or false");
  return value.get<bool>();
}

Result<std::set<Enforcer>> enforcers_of(const std::string& field, const json& value) {
  const char* form =
      "it must be a list of at least one of \"gate\", \"scheduler\", \"user_actions\", each once";
  if (!value.is_array() || value.empty()) return refuse(field, form);
  std::set<Enforcer> enforcers;
  for (const json& word : value) {
    const auto enforcer =
        word.is_string() ? parse_enforcer(word.get_ref<const std::string&>()) : std::nullopt;
    if (!enforcer || !enforcers.insert(*enforcer).second) return refuse(field, form);
  }
  return enforcers;
}

Result<Millis> deadline_of(const std::string& field, const json& value) {
  const auto longest = std::chrono::duration_cast<std::chrono::seconds>(longest_command_time).count();
  const std::string form = "it must be a whole number of seconds from 1 to " + std::to_string(longest);
  if (!value.is_number_integer()) return refuse(field, form);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(longest))
    return refuse(field, form);
  const auto seconds = value.get<std::int64_t>();
  if (seconds < 1 || seconds > longest) return refuse(field, form);
  return Millis(std::chrono::seconds(seconds));
}

/// Puts a value where it belongs, or hands on what is wrong with it.
template <typename T, typename U>
Result<void> put(T& target, Result<U> value) {
  if (!value) return std::unexpected(value.error());
  target = *std::move(value);
  return {};
}

Result<void> take_reason(const std::string& field, const json& value, writer::ActionRequest& request) {
  auto text = text_of(field, value);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return {};
  return put(request.reason, within(field, check_reason(*text, false)));
}

Result<void> take_until(const std::string& field, const json& value, WallTime now,
                        writer::ActionRequest& request) {
  const auto text = text_of(field, value);
  if (!text) return std::unexpected(text.error());
  const auto time = parse_rfc3339(*text, field);
  if (!time) return std::unexpected(time.error());
  return put(request.until, within(field, check_until(*time, now)));
}

Result<void> take_owner(const std::string& field, const json& value, writer::ActionRequest& request) {
  const auto text = text_of(field, value);
  if (!text) return std::unexpected(text.error());
  return put(request.owner, within(field, check_owner(*text)));
}

bool knows(Verb verb, std::string_view key) {
  static constexpr std::array<std::string_view, 4> pause{"reason", "owner", "until", "enforce"};
  static constexpr std::array<std::string_view, 3> resume{"reason", "owner", "all"};
  static constexpr std::array<std::string_view, 2> start{"reason", "deadline"};
  static constexpr std::array<std::string_view, 3> stop{"reason", "deadline", "force"};
  const auto in = [&](const auto& keys) { return std::ranges::find(keys, key) != keys.end(); };
  if (verb == Verb::pause) return in(pause);
  if (verb == Verb::resume) return in(resume);
  return verb == Verb::stop || verb == Verb::suspend ? in(stop) : in(start);
}

Result<void> take_field(std::string_view action, const std::string& key, const json& value, WallTime now,
                        writer::ActionRequest& request) {
  if (!knows(request.verb, key))
    return fail(
        Errc::invalid_argument,
        "cannot take " + shown_word(key) + " in " + std::string(action) + ": it is no field of this action",
        std::string(action));
  const std::string field = std::string(action) + "." + key;
  if (key == "reason") return take_reason(field, value, request);
  if (key == "owner") return take_owner(field, value, request);
  if (key == "until") return take_until(field, value, now, request);
  if (key == "enforce") return put(request.enforce, enforcers_of(field, value));
  if (key == "all") return put(request.all, flag_of(field, value));
  if (key == "force") return put(request.force, flag_of(field, value));
  return put(request.deadline, deadline_of(field, value));
}

Result<Verb> verb_of(const json& body) {
  const char* form =
      "cannot take the body: it must be an object with exactly one action: pause, resume, start, stop, "
      "restart or suspend";
  if (!body.is_object() || body.size() != 1) return fail(Errc::invalid_argument, form);
  const auto found = std::ranges::find(names, std::string_view(body.begin().key()), &Name::word);
  if (found == names.end())
    return fail(Errc::invalid_argument,
                std::string(form) + "; " + shown_word(body.begin().key()) + " is none of them");
  return found->verb;
}

}  // namespace

Result<writer::ActionRequest> decode_action(std::string_view body, WallTime now, bool require_reason) {
  const auto read = protocol::parse_json(body, max_action_body, deepest_body);
  if (!read) return std::unexpected(read.error());
  const auto verb = verb_of(*read);
  if (!verb) return std::unexpected(verb.error());
  writer::ActionRequest request;
  request.verb = *verb;
  const std::string& action = read->begin().key();
  const json& fields = read->begin().value();
  if (!fields.is_object() && !fields.is_null())
    return refuse(action, "it must be an object, or null where nothing is mandatory");
  if (fields.is_object())
    for (const auto& [key, value] : fields.items())
      if (auto taken = take_field(action, key, value, now, request); !taken)
        return std::unexpected(taken.error());
  if (request.all && !request.owner.empty())
    return refuse(action + ".all", "it releases everybody's holds, so no owner may be named beside it");
  if (request.verb == Verb::pause) {
    auto reason = within(action + ".reason", check_reason(request.reason, require_reason));
    if (!reason) return std::unexpected(reason.error());
    request.reason = *std::move(reason);
  }
  return request;
}

}  // namespace nova::http
