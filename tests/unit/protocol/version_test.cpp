// SPDX-License-Identifier: Apache-2.0
// Which versions host and zone take from each other, and what they say of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/protocol/samples.hpp"

namespace nova::protocol {
namespace {

using nlohmann::json;
using samples::id;
using testing::HasSubstr;

std::string a_report() {
  return encode(samples::request());
}

/// With a command, which must not be carried out.
std::string an_answer() {
  SyncAnswer answer{.host = id(1), .nonce = id(2), .zone_name = "south", .zone = id(3)};
  answer.holds.digest = "d";
  answer.commands = {{.id = id(4), .service = id(1), .verb = Verb::stop, .actor = "alice"}};
  return encode(answer);
}

/// What each side's decoder says of a message with this version, JSON text; "" where it takes it.
std::pair<Error, Error> said_of(const std::string& version) {
  const auto with = [&](const std::string& body) {
    auto message = json::parse(body);
    message["version"] = json::parse(version);
    return message.dump();
  };
  const auto report = decode_request(with(a_report()));
  const auto answer = decode_answer(with(an_answer()));
  return {report ? Error{} : report.error(), answer ? Error{} : answer.error()};
}

void both_say(const std::string& version, const std::string& why) {
  const auto [zone, host] = said_of(version);
  for (const Error& error : {zone, host}) {
    EXPECT_EQ(error.code, Errc::invalid_argument) << version;
    EXPECT_EQ(error.field, "version") << version << ": " << error.message;
    EXPECT_EQ(error.message, "cannot take version: " + why);
  }
}

TEST(Version, OneNewerIsTakenOnBothSides) {
  const auto [zone, host] = said_of(std::to_string(version + 1));
  EXPECT_EQ(zone.message, "");
  EXPECT_EQ(host.message, "");
}

TEST(Version, TooNewSaysWhatThisSideSpeaksAndWhatToDo) {
  for (const char* far : {"3", "99", "1000001", "9223372036854775807"})
    both_say(far, "it is " + std::string(far) +
                      ", this side speaks 1 and serves one older and one newer: upgrade the older side");
  both_say("18446744073709551615", "it must be a whole number");
}

TEST(Version, BelowTheFirstIsNone) {
  for (const char* none : {"0", "-1", "-2", "-9223372036854775808"})
    both_say(none, "it is " + std::string(none) + ", and the first version is 1");
}

TEST(Version, HasToBeAWholeNumber) {
  for (const char* other : {"1.5", "1e0", "\"1\"", "true", "[1]", "{}"})
    both_say(other, "it must be a whole number");
  both_say("null", "it is missing");
}

TEST(Version, IsLookedAtBeforeAnythingElse) {
  const auto report = decode_request(R"({"version": 7, "house": 5})");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("it is 7, this side speaks 1"))
      << "what a message of that version looks like is not known here";
  const auto answer = decode_answer(R"({"version": 7, "commands": 5})");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("it is 7, this side speaks 1"));
}

}  // namespace
}  // namespace nova::protocol
