// SPDX-License-Identifier: Apache-2.0
#include "rest/http/action_body.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

using testing::HasSubstr;

Result<writer::ActionRequest> decode(const std::string& body) {
  return decode_action(body, story_time(), false);
}

TEST(ActionBody, APauseWithEverything) {
  const auto request = decode(R"({"pause": {"reason": "disk swap", "owner": "ansible",
      "until": "2026-11-24T08:00:00+01:00", "enforce": ["gate"]}})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->verb, Verb::pause);
  EXPECT_EQ(request->reason, "disk swap");
  EXPECT_EQ(request->owner, "ansible");
  EXPECT_EQ(to_rfc3339(*request->until), "2026-11-24T07:00:00.000Z");
  EXPECT_EQ(request->enforce, std::set<Enforcer>{Enforcer::gate});
}

TEST(ActionBody, NullStandsForNothingMandatory) {
  for (const char* verb : {"pause", "PAUSE", "resume", "RESUME", "start", "stop", "restart", "suspend"})
    EXPECT_TRUE(decode("{\"" + std::string(verb) + "\": null}")) << verb;
  EXPECT_EQ(decode(R"({"pause": null})")->reason, "no reason given");
  EXPECT_EQ(decode(R"({"start": null})")->reason, "");
  const auto required = decode_action(R"({"pause": null})", story_time(), true);
  EXPECT_THAT(required.error().message, HasSubstr("reason"));
}

TEST(ActionBody, ReasonsUpTo255Characters) {
  const auto with = [](const std::string& reason) {
    return decode("{\"pause\":{\"reason\":\"" + reason + "\"}}");
  };
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(with("")->reason, "no reason given");
  EXPECT_TRUE(with(std::string(255, 'a')));
  EXPECT_TRUE(with(umlauts));
  EXPECT_THAT(with(std::string(256, 'a')).error().message, HasSubstr("256 characters"));
  EXPECT_THAT(with("a\\nb").error().message, HasSubstr("control"));
  EXPECT_THAT(with("a\\u0000b").error().message, HasSubstr("control"));
  EXPECT_THAT(with("a\\u009bb").error().message, HasSubstr("control"));
}

TEST(ActionBody, EveryMistakeIsNamed) {
  for (const auto& [body, named] : std::vector<std::pair<std::string, std::string>>{
           {"", "empty body"},
           {"nonsense", "no valid JSON"},
           {R"({"pause": {})", "no valid JSON"},
           {R"({"pause": null} {})", "no valid JSON"},
           {"null", "exactly one action"},
           {"[]", "exactly one action"},
           {"17", "exactly one action"},
           {"{}", "exactly one action"},
           {R"({"pause": {}, "resume": {}})", "exactly one action"},
           {R"({"pouse": {}})", "\"pouse\""},
           {R"({"Pause": {}})", "\"Pause\""},
           {R"({"START": {}})", "\"START\""},
           {R"({"pause": []})", "pause"},
           {R"({"pause": "now"})", "pause"},
           {R"({"pause": {"unitl": "x"}})", "\"unitl\""},
           {R"({"pause": {"reason": 7}})", "pause.reason"},
           {R"({"pause": {"reason": null}})", "pause.reason"},
           {R"({"pause": {"owner": ""}})", "pause.owner"},
           {R"({"pause": {"owner": " a"}})", "pause.owner"},
           {R"({"pause": {"until": 17}})", "pause.until"},
           {R"({"pause": {"until": "tomorrow"}})", "pause.until"},
           {R"({"pause": {"until": "2026-11-24T08:00:00"}})", "pause.until"},
           {R"({"pause": {"until": "2026-11-23T03:18:59Z"}})", "past"},
           {R"({"pause": {"until": "2030-01-01T00:00:00Z"}})", "366 days"},
           {R"({"pause": {"enforce": []}})", "pause.enforce"},
           {R"({"pause": {"enforce": "gate"}})", "pause.enforce"},
           {R"({"pause": {"enforce": ["gate", "gate"]}})", "pause.enforce"},
           {R"({"pause": {"enforce": [7]}})", "pause.enforce"},
           {R"({"pause": {"force": true}})", "\"force\""},
           {R"({"resume": {"until": "x"}})", "\"until\""},
           {R"({"resume": {"all": "yes"}})", "resume.all"},
           {R"({"resume": {"all": true, "owner": "a"}})", "resume.all"},
           {R"({"start": {"force": true}})", "\"force\""},
           {R"({"stop": {"force": 1}})", "stop.force"},
           {R"({"stop": {"deadline": 0}})", "stop.deadline"},
           {R"({"stop": {"deadline": 601}})", "stop.deadline"},
           {R"({"stop": {"deadline": 1.5}})", "stop.deadline"},
           {R"({"stop": {"deadline": 18446744073709551615}})", "stop.deadline"},
           {R"({"stop": {"deadline": -9223372036854775808}})", "stop.deadline"},
           {"{\"pause\": {\"a\\u001bb\": 1}}", "a field of another name"},
           {R"({"pause": {"reason": "a", "reason": "b"}})", "\"reason\" twice"},
           {R"({"pause": {}, "pause": {}})", "\"pause\" twice"},
           {"{\"pause\": {\"reason\": \"\xff\"}}", "UTF-8"},
           {"{\"pause\": {\"reason\": \"\xed\xa0\x80\"}}", "UTF-8"}}) {
    const auto request = decode(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, Errc::invalid_argument) << body;
    EXPECT_THAT(request.error().message, HasSubstr(named)) << body;
  }
}

TEST(ActionBody, HugeAndDeepOnesAreRefusedBeforeTheyAreRead) {
  EXPECT_EQ(decode("{\"pause\":\"" + std::string(max_action_body, 'a') + "\"}").error().code,
            Errc::too_large);
  EXPECT_THAT(decode("{\"pause\":" + std::string(30000, '[')).error().message, HasSubstr("deeper"));
  std::string objects;
  for (int i = 0; i < 6000; ++i) objects += "{\"a\":";
  EXPECT_THAT(decode(objects).error().message, HasSubstr("deeper"));
}

/// What a mutated body decodes to, if anything, obeys the rules of the model.
void expect_sound(const std::string& body) {
  const auto request = decode(body);
  if (!request) {
    ASSERT_FALSE(request.error().message.empty());
    return;
  }
  if (request->verb == Verb::pause) {
    ASSERT_TRUE(check_reason(request->reason, true)) << body;
  }
  if (!request->owner.empty()) {
    ASSERT_TRUE(check_owner(request->owner)) << body;
  }
  if (request->until) {
    ASSERT_TRUE(check_until(*request->until, story_time())) << body;
  }
  if (request->deadline) {
    ASSERT_TRUE(*request->deadline > Millis{0}) << body;
  }
}

TEST(ActionBody, RubbishAndMutationsAreRefusedOrSound) {
  std::mt19937 random(20261123);
  const std::vector<std::string> seeds{
      R"({"pause": {"reason": "disk swap", "owner": "a", "until": "2026-11-24T08:00:00Z", "enforce": ["gate"]}})",
      R"({"resume": {"all": true, "reason": "x"}})", R"({"stop": {"deadline": 30, "force": false}})",
      R"({"PAUSE": null})", std::string(R"({"pause": {"reason": ")") + "\xC3\xA4" + R"("}})"};
  for (int round = 0; round < 40000; ++round) {
    std::string body = seeds[random() % seeds.size()];
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const auto at = random() % (body.size() + 1);
      switch (random() % 4) {
        case 0:
          body.insert(at, 1, static_cast<char>(random()));
          break;
        case 1:
          body.erase(at, 1 + random() % 5);
          break;
        case 2:
          if (at < body.size()) body[at] = static_cast<char>(random());
          break;
        default:
          body.insert(at, body.substr(random() % (body.size() + 1), random() % 12));
      }
      if (body.empty()) body = "{";
    }
    expect_sound(body);
  }
}

}  // namespace
}  // namespace nova::http::test
