// SPDX-License-Identifier: Apache-2.0
// Holds and their releases. They travel exactly as they are: both sides must end with the same records.
#include "rest/protocol/codec.hpp"
#include "rest/protocol/fields.hpp"

namespace nova::protocol {

using nlohmann::json;

json to_json(const Hold& hold) {
  json enforce = json::array();
  for (Enforcer enforcer : hold.enforce) enforce.push_back(to_string(enforcer));
  json out{{"id", to_string(hold.id)},
           {"service", to_string(hold.service)},
           {"owner", hold.owner},
           {"actor", hold.actor},
           {"reason", hold.reason},
           {"since", to_rfc3339(hold.since)},
           {"recorded", to_rfc3339(hold.recorded)},
           {"door", to_string(hold.door)},
           {"enforce", std::move(enforce)}};
  if (hold.until) out["until"] = to_rfc3339(*hold.until);
  return out;
}

json to_json(const Release& release) {
  return {{"hold", to_string(release.hold)},
          {"actor", release.actor},
          {"at", to_rfc3339(release.at)},
          {"door", to_string(release.door)},
          {"message", release.message}};
}

json to_json(const HoldDelta& delta) {
  json adds = json::array();
  json releases = json::array();
  for (const Hold& hold : delta.adds) adds.push_back(to_json(hold));
  for (const Release& release : delta.releases) releases.push_back(to_json(release));
  return {{"adds", std::move(adds)}, {"releases", std::move(releases)}};
}

Result<Hold> hold_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  Hold hold{.id = in.id("id"),
            .service = in.id("service"),
            .owner = in.text("owner", {max_label}),
            .actor = in.text("actor", {max_label}),
            .reason = in.text("reason", {max_reason * 4}),
            .since = in.time("since"),
            .recorded = in.time("recorded"),
            .until = in.optional_time("until"),
            .door = in.word("door", parse_door),
            .enforce = in.enforcers("enforce")};
  if (in.good())
    if (const auto checked = check_hold(hold); !checked) in.adopt(checked.error());
  return in.finish(std::move(hold));
}

Result<Release> release_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  Release release{.hold = in.id("hold"),
                  .actor = in.text("actor", {max_label}),
                  .at = in.time("at"),
                  .door = in.word("door", parse_door),
                  .message = in.optional_text("message", {max_reason * 4})};
  if (in.good())
    if (const auto checked = check_release(release); !checked) in.adopt(checked.error());
  return in.finish(std::move(release));
}

Result<HoldDelta> hold_delta_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  HoldDelta delta{.adds = in.list("adds", max_hold_records, hold_from_json),
                  .releases = in.list("releases", max_hold_records, release_from_json)};
  return in.finish(std::move(delta));
}

}  // namespace nova::protocol
