// SPDX-License-Identifier: Apache-2.0
// The sync and its answer.
#include <limits>
#include <map>
#include <set>

#include "rest/protocol/codec.hpp"
#include "rest/protocol/fields.hpp"
#include "rest/protocol/json_text.hpp"
#include "rest/protocol/skew.hpp"

namespace nova::protocol {

using nlohmann::json;

namespace {

constexpr auto any_count = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
constexpr std::uint64_t longest_interval = 3'600'000;

template <typename T>
void put_list(json& out, const char* key, const std::vector<T>& values) {
  if (values.empty()) return;
  json& list = out[key] = json::array();
  for (const T& value : values) list.push_back(to_json(value));
}

void put_ids(json& out, const char* key, const std::vector<Uuid>& ids) {
  if (ids.empty()) return;
  json& list = out[key] = json::array();
  for (const Uuid& id : ids) list.push_back(to_string(id));
}

json write(const HoldExchange& exchange) {
  json out{{"digest", exchange.digest}};
  if (!exchange.delta.empty()) out["delta"] = to_json(exchange.delta);
  if (exchange.complete) out["complete"] = true;
  return out;
}

Result<HoldExchange> hold_exchange_from_json(const json& value, std::string_view where,
                                             UnknownFields unknown) {
  Fields in(value, where, unknown);
  HoldExchange exchange{.digest = in.text("digest", {max_word, false}),
                        .delta = in.optional_object("delta", hold_delta_from_json).value_or(HoldDelta{}),
                        .complete = in.flag("complete", false)};
  std::map<Uuid, const Hold*> known;
  for (std::size_t i = 0; i < exchange.delta.adds.size(); ++i) {
    const Hold& hold = exchange.delta.adds[i];
    if (const auto [seen, fresh] = known.try_emplace(hold.id, &hold); !fresh && *seen->second != hold)
      in.refuse("delta.adds[" + std::to_string(i) + "].id", "another hold in this message has the same id");
  }
  return in.finish(std::move(exchange));
}

json write(const ServiceEnforcement& service) {
  json out{{"service", to_string(service.service)}};
  put_list(out, "enforcement", service.enforcement);
  return out;
}

Result<ServiceEnforcement> service_enforcement_from_json(const json& value, std::string_view where,
                                                         UnknownFields unknown) {
  Fields in(value, where, unknown);
  ServiceEnforcement service{.service = in.id("service"),
                             .enforcement = in.list("enforcement", 16, enforcement_from_json)};
  std::set<Enforcer> known;
  for (const Enforcement& enforcement : service.enforcement)
    if (!known.insert(enforcement.enforcer).second) in.refuse("enforcement", "it names one enforcer twice");
  return in.finish(std::move(service));
}

/// Peers one version older and newer are understood: fields are only ever added.
int read_version(Fields& in) {
  const std::int64_t theirs = in.whole("version");
  if (!in.good()) return 0;
  if (theirs < 1) {
    in.refuse("version", "it is " + std::to_string(theirs) + ", and the first version is 1");
    return 0;
  }
  if (theirs < version - 1 || theirs > version + 1) {
    in.refuse("version", "it is " + std::to_string(theirs) + ", this side speaks " + std::to_string(version) +
                             " and serves one older and one newer: upgrade the older side");
    return 0;
  }
  return static_cast<int>(theirs);
}

void check_services(Fields& in, const SyncRequest& request) {
  std::set<Uuid> named;
  for (std::size_t i = 0; i < request.services.size(); ++i) {
    const ServiceFacts& service = request.services[i];
    const std::string at = "services[" + std::to_string(i) + "].id";
    if (service.id != service_id(request.host, service.binary, service.instance))
      in.refuse(at, "it is not the id of this host's " + service.binary);
    if (!named.insert(service.id).second) in.refuse(at, "the service is listed twice");
  }
  for (std::size_t i = 0; i < request.removed.size(); ++i)
    if (!named.insert(request.removed[i]).second)
      in.refuse("removed[" + std::to_string(i) + "]", "the service is listed as present or removed already");
}

void check_request(Fields& in, const SyncRequest& request) {
  if (request.base > request.sequence) in.refuse("base", "it is beyond the sequence");
  if (request.base == 0 && request.sequence != 0 && !request.info)
    in.refuse("info", "a full exchange needs it");
  if (request.base == 0 && !request.removed.empty())
    in.refuse("removed", "a full exchange lists what is there, nothing else");
  if (request.info && request.info->name != request.name)
    in.refuse("info.name", "it differs from the message's name");
  check_services(in, request);
}

}  // namespace

std::string encode(const SyncRequest& request) {
  json out{{"version", request.version},
           {"host", to_string(request.host)},
           {"name", presentable(request.name, max_name)},
           {"incarnation", to_string(request.incarnation)},
           {"nonce", to_string(request.nonce)},
           {"base", request.base},
           {"sequence", request.sequence},
           {"revision", request.revision},
           {"holds", write(request.holds)}};
  if (request.zone) out["zone"] = to_string(*request.zone);
  if (request.info) out["info"] = to_json(*request.info);
  if (request.load1) out["load1"] = *request.load1;
  if (request.journal) out["journal"] = to_json(*request.journal);
  put_list(out, "services", request.services);
  put_ids(out, "removed", request.removed);
  put_list(out, "actions", request.actions);
  if (request.leaving) out["leaving"] = true;
  return dump_json(out);
}

Result<SyncRequest> decode_request(std::string_view body) {
  auto document = parse_json(body, max_body);
  if (!document) return std::unexpected(document.error());
  LeftOut left_out = leave_out_unknown(*document);
  Fields in(*document, "", UnknownFields::ignore);
  SyncRequest request{.version = read_version(in),
                      .host = in.id("host"),
                      .name = in.text("name", {max_name, false}),
                      .incarnation = in.id("incarnation"),
                      .nonce = in.id("nonce"),
                      .zone = in.optional_id("zone"),
                      .base = in.count("base", any_count),
                      .sequence = in.count("sequence", any_count),
                      .revision = in.count("revision", any_count),
                      .info = in.optional_object("info", host_info_from_json),
                      .services = in.list("services", max_services, service_facts_from_json),
                      .removed = in.ids("removed", max_services),
                      .load1 = in.optional_figure("load1"),
                      .journal = in.optional_object("journal", journal_report_from_json),
                      .holds = in.object("holds", hold_exchange_from_json),
                      .actions = in.list("actions", max_actions, action_from_json),
                      .leaving = in.flag("leaving", false),
                      .left_out = std::move(left_out.what),
                      .left_out_actions = std::move(left_out.actions)};
  check_request(in, request);
  return in.finish(std::move(request));
}

std::string encode(const SyncAnswer& answer) {
  json out{{"version", answer.version},
           {"host", to_string(answer.host)},
           {"nonce", to_string(answer.nonce)},
           {"zone_name", presentable(answer.zone_name, max_name)},
           {"zone", to_string(answer.zone)},
           {"acknowledged", answer.acknowledged},
           {"revision", answer.revision},
           {"holds", write(answer.holds)},
           {"interval_ms", answer.interval.count()}};
  if (answer.send_all) out["send_all"] = true;
  if (answer.send_all_holds) out["send_all_holds"] = true;
  if (answer.prune_before) out["prune_before"] = to_rfc3339(*answer.prune_before);
  for (const auto& service : answer.enforcement) out["enforcement"].push_back(write(service));
  put_list(out, "commands", answer.commands);
  put_ids(out, "acknowledged_actions", answer.acknowledged_actions);
  return dump_json(out);
}

Result<SyncAnswer> decode_answer(std::string_view body) {
  auto document = parse_json(body, max_body);
  if (!document) return std::unexpected(document.error());
  LeftOut left_out = leave_out_unknown(*document);
  Fields in(*document, "", UnknownFields::ignore);
  SyncAnswer answer{.version = read_version(in),
                    .host = in.id("host"),
                    .nonce = in.id("nonce"),
                    .zone_name = in.text("zone_name", {max_name}),
                    .zone = in.id("zone"),
                    .acknowledged = in.count("acknowledged", any_count),
                    .send_all = in.flag("send_all", false),
                    .revision = in.count("revision", any_count),
                    .holds = in.object("holds", hold_exchange_from_json),
                    .send_all_holds = in.flag("send_all_holds", false),
                    .prune_before = in.optional_time("prune_before"),
                    .enforcement = in.list("enforcement", max_services, service_enforcement_from_json),
                    .commands = in.list("commands", max_actions, command_from_json),
                    .acknowledged_actions = in.ids("acknowledged_actions", max_actions),
                    .interval = Millis{in.count("interval_ms", longest_interval)},
                    .left_out = std::move(left_out.what)};
  return in.finish(std::move(answer));
}

}  // namespace nova::protocol
