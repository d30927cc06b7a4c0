// SPDX-License-Identifier: Apache-2.0
// Services, hosts, enforcements, actions and commands. Empty and default values are left out: most of a
// zone's traffic is small.
#include <cmath>

#include "rest/protocol/codec.hpp"
#include "rest/protocol/fields.hpp"

namespace nova::protocol {

using nlohmann::json;

namespace {

constexpr std::uint64_t max_u32 = 0xFFFFFFFF;

void put(json& out, const char* key, const std::string& text, std::size_t max_bytes) {
  if (!text.empty()) out[key] = presentable(text, max_bytes);
}
void put(json& out, const char* key, const std::optional<WallTime>& time) {
  if (time) out[key] = to_rfc3339(*time);
}
void put(json& out, const char* key, std::uint64_t number) {
  if (number != 0) out[key] = number;
}
void put_flag(json& out, const char* key, bool value, bool usual) {
  if (value != usual) out[key] = value;
}

}  // namespace

json to_json(const UnitFacts& unit) {
  json out{{"name", presentable(unit.name, max_name)}};
  put(out, "load_state", unit.load_state, max_word);
  put(out, "active_state", unit.active_state, max_word);
  put(out, "sub_state", unit.sub_state, max_word);
  put(out, "unit_file_state", unit.unit_file_state, max_word);
  put(out, "freezer_state", unit.freezer_state, max_word);
  put(out, "result", unit.result, max_word);
  put(out, "invocation_id", unit.invocation_id, max_word);
  put(out, "main_pid", unit.main_pid);
  put(out, "restarts", unit.restarts);
  put(out, "since", unit.since);
  for (const std::string& alias : unit.aliases)
    if (out["aliases"].size() < max_aliases) out["aliases"].push_back(presentable(alias, max_name));
  put_flag(out, "payload_elsewhere", unit.payload_elsewhere, false);
  return out;
}

Result<UnitFacts> unit_facts_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  UnitFacts unit{.name = in.text("name", {max_name, false}),
                 .load_state = in.optional_text("load_state", {max_word}),
                 .active_state = in.optional_text("active_state", {max_word}),
                 .sub_state = in.optional_text("sub_state", {max_word}),
                 .unit_file_state = in.optional_text("unit_file_state", {max_word}),
                 .freezer_state = in.optional_text("freezer_state", {max_word}),
                 .result = in.optional_text("result", {max_word}),
                 .invocation_id = in.optional_text("invocation_id", {max_word}),
                 .main_pid = static_cast<std::uint32_t>(in.optional_count("main_pid", max_u32)),
                 .restarts = static_cast<std::uint32_t>(in.optional_count("restarts", max_u32)),
                 .since = in.optional_time("since"),
                 .aliases = in.texts("aliases", max_aliases, {max_name, false}),
                 .payload_elsewhere = in.flag("payload_elsewhere", false)};
  return in.finish(std::move(unit));
}

json to_json(const ServiceFacts& service) {
  json out{{"id", to_string(service.id)},
           {"binary", presentable(service.binary, max_name)},
           {"kind", to_string(service.kind)},
           {"unit", to_json(service.unit)}};
  put(out, "instance", service.instance, max_name);
  put_flag(out, "controllable", service.controllable, true);
  return out;
}

Result<ServiceFacts> service_facts_from_json(const json& value, std::string_view where,
                                             UnknownFields unknown) {
  Fields in(value, where, unknown);
  ServiceFacts service{.id = in.id("id"),
                       .binary = in.text("binary", {max_name, false}),
                       .instance = in.optional_text("instance", {max_name}),
                       .kind = in.word("kind", parse_kind),
                       .unit = in.object("unit", unit_facts_from_json),
                       .controllable = in.flag("controllable", true)};
  return in.finish(std::move(service));
}

json to_json(const HostInfo& info) {
  json out{{"name", presentable(info.name, max_name)}};
  put(out, "machine_id", info.machine_id, max_word);
  put(out, "os", info.os, max_fact);
  put(out, "kernel", info.kernel, max_fact);
  put(out, "architecture", info.architecture, max_word);
  put(out, "daemon", info.daemon, max_word);
  put(out, "systemd", info.systemd, max_fact);
  put(out, "boot_time", info.boot_time);
  if (std::isfinite(info.load1) && info.load1 > 0) out["load1"] = info.load1;
  return out;
}

Result<HostInfo> host_info_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  HostInfo info{.name = in.text("name", {max_name, false}),
                .machine_id = in.optional_text("machine_id", {max_word}),
                .os = in.optional_text("os", {max_fact}),
                .kernel = in.optional_text("kernel", {max_fact}),
                .architecture = in.optional_text("architecture", {max_word}),
                .daemon = in.optional_text("daemon", {max_word}),
                .systemd = in.optional_text("systemd", {max_fact}),
                .boot_time = in.optional_time("boot_time"),
                .load1 = in.figure("load1")};
  return in.finish(std::move(info));
}

json to_json(const Enforcement& enforcement) {
  json out{{"enforcer", to_string(enforcement.enforcer)}, {"state", to_string(enforcement.state)}};
  put(out, "detail", enforcement.detail, max_detail);
  put(out, "attempts", enforcement.attempts);
  put(out, "next_try", enforcement.next_try);
  return out;
}

Result<Enforcement> enforcement_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  Enforcement enforcement{.enforcer = in.word("enforcer", parse_enforcer),
                          .state = in.word("state", parse_enforcement_state),
                          .detail = in.optional_text("detail", {max_detail}),
                          .attempts = static_cast<std::uint32_t>(in.optional_count("attempts", max_u32)),
                          .next_try = in.optional_time("next_try")};
  return in.finish(std::move(enforcement));
}

json to_json(const Action& action) {
  json out{{"id", to_string(action.id)},          {"service", to_string(action.service)},
           {"verb", to_string(action.verb)},      {"actor", presentable(action.actor, max_label)},
           {"door", to_string(action.door)},      {"requested", to_rfc3339(action.requested)},
           {"outcome", to_string(action.outcome)}};
  put(out, "reason", action.reason, max_detail);
  put(out, "finished", action.finished);
  put(out, "message", action.message, max_detail);
  if (action.hold) out["hold"] = to_string(*action.hold);
  put_flag(out, "changed", action.changed, false);
  put_flag(out, "used_override", action.used_override, false);
  return out;
}

Result<Action> action_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  Action action{.id = in.id("id"),
                .service = in.id("service"),
                .verb = in.word("verb", parse_verb),
                .actor = in.text("actor", {max_label, false}),
                .door = in.word("door", parse_door),
                .reason = in.optional_text("reason", {max_detail}),
                .requested = in.time("requested"),
                .finished = in.optional_time("finished"),
                .outcome = in.word("outcome", parse_outcome),
                .message = in.optional_text("message", {max_detail}),
                .hold = in.optional_id("hold"),
                .changed = in.flag("changed", false),
                .used_override = in.flag("used_override", false)};
  return in.finish(std::move(action));
}

json to_json(const Command& command) {
  json out{{"id", to_string(command.id)},
           {"service", to_string(command.service)},
           {"verb", to_string(command.verb)},
           {"actor", presentable(command.actor, max_label)},
           {"remaining_ms", static_cast<std::uint64_t>(std::max(command.remaining, Millis{0}).count())}};
  put(out, "reason", command.reason, max_detail);
  put_flag(out, "thaw", command.thaw, false);
  put_flag(out, "force", command.force, false);
  return out;
}

Result<Command> command_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  const auto longest = static_cast<std::uint64_t>(longest_command_time.count());
  Command command{.id = in.id("id"),
                  .service = in.id("service"),
                  .verb = in.word("verb", parse_verb),
                  .actor = in.text("actor", {max_label, false}),
                  .reason = in.optional_text("reason", {max_detail}),
                  .remaining = Millis{in.count("remaining_ms", longest)},
                  .thaw = in.flag("thaw", false),
                  .force = in.flag("force", false)};
  return in.finish(std::move(command));
}

}  // namespace nova::protocol
