// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/protocol/samples.hpp"

namespace nova::protocol {
namespace {

using nlohmann::json;
using samples::id;

TEST(Codec, AHoldLooksAsPeopleWouldWriteIt) {
  const auto expected = json::parse(R"({
    "id": "aa000000-0000-0000-0000-00000000000a", "owner": "evacuator", "actor": "alice",
    "reason": "disk swap", "since": "2026-11-23T03:19:00.000Z", "recorded": "2026-11-23T03:20:00.000Z",
    "until": "2026-11-24T00:00:00.000Z", "door": "rest", "enforce": ["gate", "scheduler"]})");
  auto written = to_json(samples::hold());
  EXPECT_EQ(written["service"], to_string(samples::hold().service));
  written.erase("service");
  EXPECT_EQ(written, expected);
}

TEST(Codec, AHeartbeatIsSmall) {
  SyncRequest heartbeat = samples::request();
  heartbeat.base = heartbeat.sequence;
  heartbeat.info.reset();
  heartbeat.services.clear();
  heartbeat.holds = {.digest = to_string(id(5))};
  EXPECT_LT(encode(heartbeat).size(), 360u);
  EXPECT_EQ(*decode_request(encode(heartbeat)), heartbeat);
}

TEST(Codec, UnknownFieldsAreIgnoredBetweenHostAndZone) {
  auto body = json::parse(encode(samples::request()));
  body["weather"] = "fine";
  body["services"][0]["unit"]["colour"] = {{"deep", {1, 2}}};
  const auto read = decode_request(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, samples::request());
}

TEST(Codec, AFileOfOurOwnMayRefuseThem) {
  auto hold = to_json(samples::hold());
  ASSERT_TRUE(hold_from_json(hold, "holds[0]", UnknownFields::refuse));
  hold["colour"] = "red";
  const auto refused = hold_from_json(hold, "holds[0]", UnknownFields::refuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "holds[0].colour");
}

TEST(Codec, AnErrorNamesThePathAndTheFix) {
  auto body = json::parse(encode(samples::request()));
  body["holds"]["delta"]["adds"].push_back(body["holds"]["delta"]["adds"][0]);
  body["holds"]["delta"]["adds"][1]["until"] = "tomorrow";
  const auto refused = decode_request(body.dump());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_EQ(refused.error().field, "holds.delta.adds[1].until");
  EXPECT_EQ(
      refused.error().message,
      "cannot read holds.delta.adds[1].until: write a time with its zone, such as 2026-11-23T18:00:00Z");
}

/// One field of a valid sync made wrong, and the path that the error has to name.
struct Mistake {
  const char* pointer;  // JSON pointer of the value
  const char* value;    // JSON text to put there; "" to remove it
  const char* field;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreRefusedByPath) {
  const auto& [pointer, value, field] = GetParam();
  auto body = json::parse(encode(samples::request()));
  const json::json_pointer place(pointer);
  ASSERT_TRUE(body.contains(place)) << "the sample has to have what is spoilt";
  if (*value == '\0')
    body[place.parent_pointer()].erase(place.back());
  else
    body[place] = json::parse(value);
  const auto refused = decode_request(body.dump());
  ASSERT_FALSE(refused) << body.dump();
  EXPECT_EQ(refused.error().field, field) << refused.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Request, Mistakes,
    testing::Values(
        Mistake{"/version", "", "version"}, Mistake{"/version", "3", "version"},
        Mistake{"/version", "0", "version"}, Mistake{"/version", "\"1\"", "version"},
        Mistake{"/host", "", "host"}, Mistake{"/host", "\"no-uuid\"", "host"}, Mistake{"/host", "7", "host"},
        Mistake{"/nonce", "\"00000000-0000-0000-0000-000000000000\"", "nonce"},
        Mistake{"/name", "\"\"", "name"}, Mistake{"/name", "\"a\\nb\"", "name"},
        Mistake{"/name", "\"nul\\u0000\"", "name"}, Mistake{"/sequence", "-1", "sequence"},
        Mistake{"/sequence", "1.5", "sequence"}, Mistake{"/sequence", "1e3", "sequence"},
        Mistake{"/sequence", "18446744073709551615", "sequence"}, Mistake{"/services", "{}", "services"},
        Mistake{"/services/0", "null", "services[0]"},
        Mistake{"/services/0/kind", "\"Compute\"", "services[0].kind"},
        Mistake{"/services/0/unit", "", "services[0].unit"},
        Mistake{"/services/0/unit/name", "[]", "services[0].unit.name"},
        Mistake{"/services/0/unit/active_state", "true", "services[0].unit.active_state"},
        Mistake{"/holds", "", "holds"}, Mistake{"/holds/digest", "\"\"", "holds.digest"},
        Mistake{"/holds/complete", "1", "holds.complete"},
        Mistake{"/holds/delta/adds/0/reason", "\"\"", "holds.delta.adds[0].reason"},
        Mistake{"/holds/delta/adds/0/reason", "\"a\\u001bb\"", "holds.delta.adds[0].reason"},
        Mistake{"/holds/delta/adds/0/owner", "\" x\"", "holds.delta.adds[0].owner"},
        Mistake{"/holds/delta/adds/0/door", "\"window\"", "holds.delta.adds[0].door"},
        Mistake{"/holds/delta/adds/0/enforce", "[]", "holds.delta.adds[0].enforce"},
        Mistake{"/holds/delta/adds/0/enforce", "[\"moat\"]", "holds.delta.adds[0].enforce"},
        Mistake{"/holds/delta/adds/0/since", "\"2026-11-23T03:19:00\"", "holds.delta.adds[0].since"},
        Mistake{"/holds/delta/adds/0/recorded", "\"2020-01-01T00:00:00Z\"", "holds.delta.adds[0].recorded"},
        Mistake{"/holds/delta/adds/0/until", "\"0000-01-01T00:00:00Z\"", "holds.delta.adds[0].until"},
        Mistake{"/info/name", "\"other\"", "info.name"}, Mistake{"/info", "[]", "info"}));

TEST(Codec, AReasonOf255CharactersPassesAndOneOf256DoesNot) {
  auto hold = samples::hold();
  for (hold.reason.clear(); hold.reason.size() < 255 * 4;) hold.reason += "😀";
  EXPECT_EQ(hold_from_json(to_json(hold), ""), hold);
  auto longer = to_json(hold);
  longer["reason"] = hold.reason.substr(4) + "ab";
  EXPECT_EQ(hold_from_json(longer, "").error().field, "reason");
}

TEST(Codec, APeerOneVersionNewerIsUnderstood) {
  auto body = json::parse(encode(samples::request()));
  body["version"] = version + 1;
  EXPECT_TRUE(decode_request(body.dump()));
  body["version"] = version + 2;
  EXPECT_EQ(decode_request(body.dump()).error().field, "version");
}

TEST(Codec, WhatANewerPeerSaysInUnknownWordsIsLeftOut) {
  auto request = samples::request();
  request.actions = {
      {.id = id(8), .service = id(1), .actor = "bob", .requested = samples::at("2026-11-23T03:19:00Z")},
      {.id = id(9), .service = id(1), .actor = "bob", .requested = samples::at("2026-11-23T03:19:00Z")}};
  auto body = json::parse(encode(request));
  body["version"] = version + 1;
  body["weather"] = "fine";
  auto accelerator = body["services"][0];
  accelerator["id"] = to_string(service_id(request.host, "nova-accelerator", ""));
  accelerator["binary"] = "nova-accelerator";
  accelerator["kind"] = "accelerator";
  body["services"].push_back(accelerator);
  body["actions"][1]["outcome"] = "postponed";
  const auto read = decode_request(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->services, request.services);
  ASSERT_EQ(read->actions.size(), 1u);
  EXPECT_EQ(read->left_out, (std::vector<std::string>{"services[1].kind \"accelerator\"",
                                                      "actions[1].outcome \"postponed\""}));
  EXPECT_EQ(read->left_out_actions, std::vector{id(9)}) << "to be acknowledged, or they come for ever";

  body["version"] = version;
  EXPECT_EQ(decode_request(body.dump()).error().field, "services[1].kind") << "no excuse for an equal";
}

TEST(Codec, WhatANewerZoneSaysInUnknownWordsIsLeftOut) {
  SyncAnswer answer{.host = id(1), .nonce = id(2), .zone_name = "south", .zone = id(3)};
  answer.holds.digest = "d";
  answer.commands = {{.id = id(4), .service = id(1), .actor = "alice"}};
  answer.enforcement = {{id(1), {{.enforcer = Enforcer::gate}}}};
  auto body = json::parse(encode(answer));
  body["version"] = version + 1;
  body["commands"][0]["verb"] = "defragment";
  body["enforcement"][0]["enforcement"][0]["state"] = "almost";
  const auto read = decode_answer(body.dump());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->commands.empty());
  EXPECT_TRUE(read->enforcement[0].enforcement.empty());
  EXPECT_EQ(read->left_out.size(), 2u);
}

TEST(Codec, ANewWordInAHoldIsNeverLeftOut) {
  auto body = json::parse(encode(samples::request()));
  body["version"] = version + 1;
  body["holds"]["delta"]["adds"][0]["door"] = "window";
  EXPECT_EQ(decode_request(body.dump()).error().field, "holds.delta.adds[0].door")
      << "both sides have to end with the same records";
}

TEST(Codec, TextsForPeopleAreMadeFitToTravel) {
  Action action{
      .id = id(1), .service = id(2), .actor = "alice", .requested = samples::at("2026-11-23T03:19:00Z")};
  action.message = "job failed\nsee \xff the journal" + std::string(5000, 'x');
  const auto read = action_from_json(to_json(action), "");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->message.starts_with("job failed see ? the journal"));
  EXPECT_EQ(read->message.size(), max_detail);
}

TEST(Codec, ACommandNeverTravelsWithTimeLeftFromThePast) {
  Command command{.id = id(1), .service = id(2), .actor = "alice", .remaining = Millis{-5}};
  EXPECT_EQ(command_from_json(to_json(command), "")->remaining, Millis{0});
  auto far = to_json(command);
  far["remaining_ms"] = longest_command_time.count() + 1;
  EXPECT_EQ(command_from_json(far, "commands[0]").error().field, "commands[0].remaining_ms");
}

}  // namespace
}  // namespace nova::protocol
