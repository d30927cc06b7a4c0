// SPDX-License-Identifier: Apache-2.0
// What must not reach the parser, or not grow.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/hold_weight.hpp"
#include "model/text.hpp"
#include "rest/protocol/json_text.hpp"
#include "tests/unit/protocol/samples.hpp"

namespace nova::protocol {
namespace {

using nlohmann::json;

Errc code_of(std::string_view body) {
  const auto read = decode_request(body);
  return read ? Errc::internal : read.error().code;
}

TEST(Bounds, ABodyOverTheLimitIsNotLookedAt) {
  std::string body = encode(samples::request());
  body.resize(max_body, ' ');
  EXPECT_TRUE(decode_request(body));
  body += ' ';
  EXPECT_EQ(code_of(body), Errc::too_large);
}

TEST(Bounds, TheWeightOfRecordsIsAtLeastTheirBytes) {
  for (const std::string one : {"\"", "\\", "x", "ß", "漢", "😀"}) {
    std::string reason, name;
    while (text_length(reason + one) <= max_reason) reason += one;
    while (name.size() + one.size() <= nova::max_label) name += one;
    const Hold hold{.id = random_uuid(),
                    .service = random_uuid(),
                    .owner = name,
                    .actor = name,
                    .reason = reason,
                    .until = WallTime{Millis{1}},
                    .door = Door::rest,
                    .enforce = all_enforcers()};
    const Release release{.hold = hold.id, .actor = name, .door = Door::rest, .message = reason};
    EXPECT_GT(weight_of(hold), dump_json(to_json(hold)).size()) << one;
    EXPECT_GT(weight_of(release), dump_json(to_json(release)).size()) << one;
    EXPECT_GE(heaviest_release(), weight_of(release)) << one;
  }
}

TEST(Bounds, TwoFullSetsFitOneMessage) {
  constexpr std::size_t facts_and_actions = 4 * 1024 * 1024;
  EXPECT_LE(2 * HoldSet::max_weight + facts_and_actions, max_body);
  EXPECT_LT(2 * HoldSet::max_weight / weight_of(Hold{.owner = "x", .actor = "x", .reason = "x"}),
            max_hold_records);
}

TEST(Bounds, DeepJsonIsRefusedBeforeItIsParsed) {
  for (const char* brackets : {"[", "{\"a\":"}) {
    std::string body;
    for (int i = 0; i < 200'000; ++i) body += brackets;
    const auto refused = decode_request(body);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("nests deeper than 16"), std::string::npos)
        << refused.error().message;
  }
}

TEST(Bounds, AKeyThatAnObjectHasTwiceIsRefusedByName) {
  for (const char* body :
       {R"({"a": 1, "a": 1})", R"({"x": [{"b": 0, "a": 1, "c": {"a": 2}, "\u0061": 2}]})"}) {
    const auto refused = parse_json(body, 1000);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_NE(refused.error().message.find("\"a\" twice"), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(parse_json("{\"\\u001b\": 1, \"\\u001b\": 1}", 1000).error().message.find('\x1b'),
            std::string::npos);
  EXPECT_TRUE(parse_json(R"([{"a": 1}, {"a": {"a": 1}, "b": ["a", "a"]}])", 1000));
}

TEST(Bounds, BracketsInStringsAreNoDepth) {
  EXPECT_TRUE(parse_json(R"(["[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[[[[[["])", 1000));
  EXPECT_TRUE(parse_json("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 1000)) << "16 levels";
  EXPECT_FALSE(parse_json("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 1000)) << "17 levels";
}

TEST(Bounds, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_EQ(parse_json("", 10).error().message, "cannot read an empty body: send a JSON object");
  EXPECT_EQ(parse_json("{\"a\": 1,}", 100).error().message,
            "cannot read the body: it is no valid JSON (at byte 9)");
  EXPECT_EQ(parse_json("\"\xC3\x28\"", 100).error().message, "cannot read the body: it must be valid UTF-8");
  EXPECT_FALSE(parse_json("{} {}", 100)) << "something follows";
  EXPECT_FALSE(parse_json("[1e999]", 100)) << "a number out of range";
  EXPECT_FALSE(parse_json("[NaN]", 100));
  EXPECT_FALSE(parse_json(R"(["\ud800"])", 100)) << "half a surrogate pair";
}

TEST(Bounds, AListLongerThanItsBoundIsRefused) {
  auto body = json::parse(encode(samples::request()));
  body["base"] = 1;
  for (std::size_t i = 0; i <= max_services; ++i) body["removed"].push_back(to_string(random_uuid()));
  const auto refused = decode_request(body.dump());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "removed");
}

TEST(Bounds, AnExcerptOfTheJournalHasItsOwn) {
  const auto refused = [](const json& journal) {
    auto body = json::parse(encode(samples::request()));
    body["journal"] = journal;
    const auto read = decode_request(body.dump());
    return read ? "" : read.error().field;
  };
  const json entry{{"time", "2026-11-23T03:19:00.000Z"}, {"priority", 3}, {"message", "boom"}};
  const auto of = [&](json entries) {
    return json{{"services", {{{"service", to_string(samples::id(9))}, {"entries", std::move(entries)}}}}};
  };
  EXPECT_EQ(refused(of({entry})), "");
  EXPECT_EQ(refused(of(json(11, entry))), "journal.services[0].entries");
  auto wrong = entry;
  wrong["message"] = std::string(2001, 'x');
  EXPECT_EQ(refused(of({wrong})), "journal.services[0].entries[0].message");
  wrong["message"] = "two\nlines";
  EXPECT_EQ(refused(of({wrong})), "journal.services[0].entries[0].message");
  wrong = entry;
  wrong["priority"] = 8;
  EXPECT_EQ(refused(of({wrong})), "journal.services[0].entries[0].priority");
  EXPECT_EQ(refused({{"period", {{"since", "2026-11-23T03:19:00Z"}, {"as_of", "2026-11-22T03:19:00Z"}}}}),
            "journal.period.since");
}

TEST(Bounds, ABodyThatIsNoObjectIsRefused) {
  for (const char* body : {"[]", "null", "7", "\"sync\"", "true"})
    EXPECT_EQ(code_of(body), Errc::invalid_argument);
}

}  // namespace
}  // namespace nova::protocol
