// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");
const Uuid api = FakeWriter::service("controller", "nova-api");

TEST(Pause, IsAcceptedWithARecordToFollow) {
  RestDoor door;
  const Reply reply = door.act(compute, R"({"pause": {"reason": "disk swap"}})");
  ASSERT_EQ(reply.status, 202) << reply.body;
  const json action = json_of(reply)["action"];
  EXPECT_EQ(action["outcome"], "accepted");
  EXPECT_EQ(action["actor"], "otto");
  EXPECT_EQ(action["changed"], true);
  EXPECT_EQ(reply.header("X-Openstack-Request-Id"), action["request_id"]);
  const std::string location(reply.header("Location"));
  EXPECT_EQ(location,
            "/services/" + to_string(compute) + "/actions/" + action["request_id"].get<std::string>());
  EXPECT_EQ(json_of(door.ask("GET", location))["action"], action);
}

TEST(Pause, ByTheBlueprintOf2011IsTheSame) {
  RestDoor door;
  const Reply reply = door.ask("POST", "/v1.1/17/services/" + to_string(compute) + "/actions",
                               {.token = "the operator's token", .body = R"({"PAUSE": null})"});
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_TRUE(reply.header("Location").starts_with("/v1.1/17/services/"));
  EXPECT_EQ(door.writer.asked.at(0).reason, "no reason given");
  EXPECT_EQ(door.ask("GET", std::string(reply.header("Location"))).status, 200);
}

TEST(Pause, RepeatedChangesNothing) {
  RestDoor door;
  door.act(compute, R"({"pause": {"reason": "a"}})");
  EXPECT_EQ(json_of(door.act(compute, R"({"pause": {"reason": "a"}})"))["action"]["changed"], false);
}

TEST(Resume, OfOthersHoldsIsAConflictThatNamesThem) {
  RestDoor door;
  door.act(compute, R"({"pause": {"reason": "disk swap"}})", {.token = "the admin's token"});
  const Reply reply = door.act(compute, R"({"resume": {}})");
  EXPECT_EQ(reply.status, 409);
  EXPECT_TRUE(json_of(reply).contains("conflictingRequest"));
  EXPECT_THAT(message_of(reply), HasSubstr("anna"));
  EXPECT_THAT(message_of(reply), HasSubstr("disk swap"));
  EXPECT_EQ(door.act(compute, R"({"resume": {"all": true}})").status, 409);
}

TEST(Resume, ByAnAdminMayOverride) {
  RestDoor door;
  door.act(compute, R"({"pause": {}})");
  const Reply reply = door.act(compute, R"({"RESUME": {"all": true}})", {.token = "the admin's token"});
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(json_of(reply)["action"]["used_override"], true);
  EXPECT_TRUE(door.writer.asked.back().caller.may_override);
  EXPECT_TRUE(door.writer.asked.back().may_start);
}

TEST(Pause, OfAnotherKindSaysWhatFits) {
  RestDoor door;
  const Reply reply = door.act(api, R"({"pause": {}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(message_of(reply), HasSubstr("start, stop, restart, suspend"));
}

TEST(Actions, StoppingAndStartingIsAnAdmins) {
  RestDoor door;
  for (const char* verb : {"start", "stop", "restart", "suspend"}) {
    const std::string body = "{\"" + std::string(verb) + "\": {\"deadline\": 30}}";
    const Reply refused = door.act(api, body);
    EXPECT_EQ(refused.status, 403) << verb;
    EXPECT_EQ(message_of(refused), "Policy doesn't allow services:" + std::string(verb) +
                                       " to be performed: it needs the role admin.");
    EXPECT_EQ(door.act(api, body, {.token = "the admin's token"}).status, 202) << verb;
  }
  EXPECT_EQ(door.writer.asked.size(), 4U);
  EXPECT_EQ(door.writer.asked[0].deadline, Millis(std::chrono::seconds(30)));
  EXPECT_EQ(door.denied.size(), 4U);
}

TEST(Actions, AReaderMayNotAsk) {
  RestDoor door;
  EXPECT_EQ(door.act(compute, R"({"pause": {}})", {}).status, 403);
  EXPECT_TRUE(door.writer.asked.empty());
}

TEST(Actions, WhatTheWriterRefusesHasItsStatus) {
  RestDoor door;
  door.writer.refusal = Error{Errc::host_lost, "cannot start it: its host is lost", ""};
  EXPECT_EQ(door.act(api, R"({"start": {}})", {.token = "the admin's token"}).status, 409);
  door.writer.refusal = Error{Errc::storage_failed, "cannot write: the disk is full", ""};
  const Reply full = door.act(compute, R"({"pause": {}})");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.header("Retry-After"), "1");
  EXPECT_TRUE(json_of(full).contains("serviceUnavailable"));
}

TEST(Actions, TheHistoryIsPagedNewestFirst) {
  RestDoor door;
  for (int i = 0; i < 3; ++i) door.act(compute, "{\"pause\": {\"reason\": \"" + std::to_string(i) + "\"}}");
  const std::string path = "/services/" + to_string(compute) + "/actions";
  const json first = json_of(door.ask("GET", path + "?limit=2"));
  ASSERT_EQ(first["actions"].size(), 2U);
  EXPECT_EQ(first["actions"][0]["reason"], "2");
  const json second = json_of(door.ask("GET", first["actions_links"][0]["href"].get<std::string>()));
  ASSERT_EQ(second["actions"].size(), 1U);
  EXPECT_EQ(second["actions"][0]["reason"], "0");
  EXPECT_FALSE(second.contains("actions_links"));
  EXPECT_EQ(door.ask("GET", path + "?marker=" + to_string(api)).status, 400);
}

TEST(Actions, ARecordBelongsToItsServiceOnly) {
  RestDoor door;
  const json action = json_of(door.act(compute, R"({"pause": {}})"))["action"];
  const std::string id = action["request_id"];
  EXPECT_EQ(door.ask("GET", "/services/" + to_string(api) + "/actions/" + id).status, 404);
  EXPECT_EQ(door.ask("GET", "/services/" + to_string(compute) + "/actions/req-17").status, 400);
  EXPECT_EQ(door.ask("GET", "/services/" + to_string(compute) + "/actions/req-" + to_string(api)).status,
            404);
}

TEST(Actions, PreferWaitParksAndThenPointsToTheRecord) {
  RestDoor door;
  const Reply reply = door.act(compute, R"({"pause": {}})",
                               {.token = "the operator's token", .prefer = "respond-async, wait=7"});
  ASSERT_TRUE(reply.parked);
  EXPECT_EQ(reply.parked->longest, std::chrono::seconds(7));
  int woken = 0;
  reply.parked->start([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  const std::string location(reply.header("Location"));
  door.writer.finish(*parse_uuid(location.substr(location.size() - 36)), Outcome::succeeded, "");
  EXPECT_EQ(woken, 1);
  const Reply later = reply.parked->then();
  EXPECT_EQ(later.status, 303);
  EXPECT_EQ(later.header("Location"), location);
  EXPECT_EQ(json_of(door.ask("GET", location))["action"]["outcome"], "succeeded");
}

TEST(Actions, APreferenceThatSaysNothingIsIgnored) {
  RestDoor door;
  for (const char* prefer :
       {"", "wait", "wait=", "wait=soon", "wait=-3", "wait=0", ";;,", "wait=1x", "wait=1 2", "waiting=5",
        "x=\"wait=5\"", "x;wait=5", "wait=\"", "wait=0, wait=5", "wait=\"5"})
    EXPECT_FALSE(
        door.act(compute, R"({"pause": {}})", {.token = "the operator's token", .prefer = prefer}).parked);
  const Reply longest =
      door.act(compute, R"({"pause": {}})", {.token = "the operator's token", .prefer = "wait=999999"});
  EXPECT_EQ(longest.parked->longest, std::chrono::seconds(60));
}

TEST(Actions, APreferenceIsReadHoweverItIsWritten) {
  RestDoor door;
  for (const char* prefer : {"wait=7", "Wait=7", "wait =7", "wait= 7", "wait=\"7\"",
                             "a=\"b,c\", WAIT = 7 ; x", "respond-async,\twait=7", "wait=7, wait=9"}) {
    const Reply reply =
        door.act(compute, R"({"pause": {}})", {.token = "the operator's token", .prefer = prefer});
    ASSERT_TRUE(reply.parked) << prefer;
    EXPECT_EQ(reply.parked->longest, std::chrono::seconds(7)) << prefer;
  }
  const Reply huge = door.act(compute, R"({"pause": {}})",
                              {.token = "the operator's token", .prefer = "wait=99999999999999999999999"});
  ASSERT_TRUE(huge.parked);
  EXPECT_EQ(huge.parked->longest, std::chrono::seconds(60));
}

TEST(Actions, NoBadBodyReachesTheWriterOrChangesWhatIsSeen) {
  RestDoor door;
  const auto before = door.writer.snapshot();
  std::string deep;
  for (int i = 0; i < 9; ++i) deep += R"({"pause":)";
  for (const std::string& body : {std::string(),
                                  std::string("{"),
                                  std::string("null"),
                                  std::string("[]"),
                                  std::string("{}"),
                                  std::string("\xff\xfe"),
                                  std::string(R"({"pause": {}, "resume": {}})"),
                                  std::string(R"({"pause": {}, "pause": {}})"),
                                  std::string(R"({"pause": {"reason": "a", "reason": "b"}})"),
                                  std::string(R"({"pause": {"reason": 7}})"),
                                  std::string(R"({"pause": {"unitl": "x"}})"),
                                  std::string(R"({"pause": {"until": "2020-01-01T00:00:00Z"}})"),
                                  std::string(R"({"pause": {"until": "2026-11-24T08:00:00"}})"),
                                  std::string(R"({"pause": {"until": "2126-11-24T08:00:00Z"}})"),
                                  std::string(R"({"pause": {"reason": "a\u0007b"}})"),
                                  std::string(R"({"pause": {"enforce": []}})"),
                                  R"({"pause": {"reason": ")" + std::string(256, 'x') + R"("}})",
                                  deep,
                                  std::string(40000, '['),
                                  R"({"pause": {"reason": ")" + std::string(70000, 'x') + R"("}})",
                                  std::string(R"({"stop": {"deadline": 1e300}})"),
                                  std::string(R"({"delete": {}})")}) {
    const Reply reply = door.act(compute, body, {.token = "the admin's token"});
    EXPECT_TRUE(reply.status == 400 || reply.status == 413) << body.substr(0, 60) << " " << reply.status;
    EXPECT_NE(message_of(reply), "") << body.substr(0, 60);
  }
  EXPECT_TRUE(door.writer.asked.empty());
  EXPECT_EQ(door.writer.snapshot(), before);
  EXPECT_TRUE(door.writer.actions(compute, 10, std::nullopt)->empty());
}

TEST(Actions, ABodyOfAnotherTypeIsRefused) {
  RestDoor door;
  const auto status = [&](const char* type) {
    return door.act(compute, R"({"pause": {}})", {.token = "the operator's token", .content_type = type})
        .status;
  };
  for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8"})
    EXPECT_EQ(status(type), 202) << type;
  const auto before = door.writer.asked.size();
  for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "application/jsonx", "json"})
    EXPECT_EQ(status(type), 415) << type;
  const Reply curl =
      door.act(compute, R"({"pause": {}})",
               {.token = "the operator's token", .content_type = "application/x-www-form-urlencoded"});
  EXPECT_EQ(json_of(curl)["badMediaType"]["code"], 415);
  EXPECT_THAT(message_of(curl), testing::HasSubstr("Content-Type: application/json"));
  EXPECT_EQ(door.writer.asked.size(), before);
}

}  // namespace
}  // namespace nova::http::test
