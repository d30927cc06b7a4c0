// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "rest/http/action_body.hpp"
#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/lookup.hpp"
#include "rest/http/query.hpp"
#include "rest/http/render.hpp"

namespace nova::http {
namespace {

constexpr std::uint64_t default_page = 100;
constexpr std::uint64_t largest_page = 1000;
constexpr std::chrono::seconds longest_wait{60};

/// Operators pause and resume; what stops or starts a service is an administrator's.
Result<void> check_role(Verb verb, Role role) {
  if (verb == Verb::pause || verb == Verb::resume || role == Role::admin) return {};
  return fail(Errc::access_denied, "Policy doesn't allow services:" + std::string(to_string(verb)) +
                                       " to be performed: it needs the role admin.");
}

std::string record_path(const Request& request, const Action& action) {
  return request.base + "/services/" + to_string(action.service) + "/actions/" + request_id(action.id);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The next element of a list, whose quoted texts may hold the separator; it is taken from the list.
std::string_view next_of(std::string_view& list, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != separator); ++end) {
    if (list[end] == '"') quoted = !quoted;
    if (quoted && list[end] == '\\') ++end;
  }
  const auto one = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return trimmed(one);
}

bool is_wait(std::string_view name) {
  return std::ranges::equal(name, std::string_view("wait"), {},
                            [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

/// Whole seconds, as a token or as a quoted text; nothing where it is anything else.
std::optional<std::chrono::seconds> seconds_of(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  std::uint64_t seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (value.empty() || end != value.data() + value.size()) return std::nullopt;
  if (failure == std::errc::result_out_of_range) return longest_wait;
  if (failure != std::errc{}) return std::nullopt;
  constexpr auto longest = static_cast<std::uint64_t>(longest_wait.count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, longest)));
}

/// N of "wait=N" in a Prefer header (RFC 7240): the first that is given counts, and an unreadable preference
/// is ignored.
std::chrono::seconds preferred_wait(std::string_view prefer) {
  while (!prefer.empty()) {
    auto preference = next_of(prefer, ',');
    auto value = next_of(preference, ';');  // what follows are its parameters
    const auto name = next_of(value, '=');
    if (is_wait(name)) return seconds_of(trimmed(value)).value_or(std::chrono::seconds{0});
  }
  return std::chrono::seconds{0};
}

/// As Nova takes bodies: "application/json", whatever its parameters, or nothing said.
bool is_json(std::string_view content_type) {
  const auto type = next_of(content_type, ';');
  constexpr std::string_view json = "application/json";
  return type.empty() || std::ranges::equal(type, json, {}, [](char c) {
           return std::tolower(static_cast<unsigned char>(c));
         });
}

std::string single_record(const Action& action, const zone::HostView* host) {
  JsonOut out;
  out.begin_object().key("action");
  render_action(out, action, host);
  out.end_object();
  return std::move(out).text();
}

/// Waits for the end of an action, then points to its record, which is fetched with the caller's own token.
Reply park_until_final(const Parts& parts, const Action& action, const std::string& path, Millis longest) {
  auto parked = std::make_shared<Parked>();
  parked->start = [&writer = parts.writer, id = action.id](std::function<void()> wake) {
    writer.when_final(id, std::move(wake));
  };
  parked->longest = longest;
  parked->then = [path] { return Reply{.status = 303, .body = "{}"}.with("Location", path); };
  Reply reply;
  reply.parked = std::move(parked);
  return reply;
}

}  // namespace

Reply post_action(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const auto found = find_service(parts, request);
  if (!found) return fault(found.error());
  if (!is_json(request.content_type))
    return fault(415,
                 "cannot read a body of that type: send JSON and say so, with Content-Type: application/json "
                 "(curl needs -H 'Content-Type: application/json')");
  auto asked = decode_action(request.body, request.received, parts.require_reason);
  if (!asked) return fault(asked.error());
  const Role role = request.principal.role;
  if (auto allowed = check_role(asked->verb, role); !allowed) {
    if (parts.denied) parts.denied(request, allowed.error());
    return fault(allowed.error());
  }
  asked->service = found->service->facts.id;
  asked->caller = {.actor = request.principal.name, .door = Door::rest, .may_override = role == Role::admin};
  asked->may_start = role == Role::admin;
  const auto action = parts.writer.act(*asked);
  if (!action) {
    if (action.error().code == Errc::access_denied && parts.denied) parts.denied(request, action.error());
    return fault(action.error());
  }
  const std::string path = record_path(request, *action);
  Reply reply{.status = 202, .body = single_record(*action, found->host)};
  const auto wait = preferred_wait(request.prefer);
  if (wait.count() > 0) reply = park_until_final(parts, *action, path, wait);
  return std::move(reply).with("Location", path).with("X-Openstack-Request-Id", request_id(action->id));
}

Reply get_actions(const Parts& parts, const Request& request) {
  const auto query = Query::read(request, {"limit", "marker"});
  if (!query) return fault(query.error());
  const auto limit = query->number("limit", 1, largest_page);
  if (!limit) return fault(limit.error());
  auto text = query->text("marker");
  if (text && text->starts_with("req-")) text->erase(0, 4);
  std::optional<Uuid> marker;
  if (text) {
    const auto id = parse_uuid(*text, "marker");
    if (!id) return fault(id.error());
    marker = *id;
  }
  const auto found = find_service(parts, request);
  if (!found) return fault(found.error());
  const std::uint64_t page = limit->value_or(default_page);
  auto actions = parts.writer.actions(found->service->facts.id, page + 1, marker);
  if (!actions && actions.error().code == Errc::no_such_action)
    return fault(400, "marker [" + *text + "] not found");
  if (!actions) return fault(actions.error());
  const bool more = actions->size() > page;
  if (more) actions->resize(page);
  JsonOut out;
  out.begin_object().key("actions").begin_array();
  for (const Action& action : *actions) render_action(out, action, found->host);
  out.end_array();
  if (more) {
    out.key("actions_links").begin_array().begin_object().field("rel", "next");
    out.field("href", request.base + "/services/" + to_string(found->service->facts.id) + "/actions?limit=" +
                          std::to_string(page) + "&marker=" + request_id(actions->back().id));
    out.end_object().end_array();
  }
  out.end_object();
  return Reply{.body = std::move(out).text()}.with("Cache-Control", "no-cache");
}

Reply get_action(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const auto id = read_request_id(request);
  if (!id) return fault(id.error());
  const auto found = find_service(parts, request);
  if (!found) return fault(found.error());
  const auto action = parts.writer.action(*id);
  if (!action) return fault(action.error());
  if (action->service != found->service->facts.id)
    return fault(404, "Action " + request_id(*id) + " could not be found for this service.");
  return Reply{.body = single_record(*action, found->host)}.with("Cache-Control", "no-cache");
}

}  // namespace nova::http
