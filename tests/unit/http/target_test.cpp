// SPDX-License-Identifier: Apache-2.0
#include "rest/http/target.hpp"

#include <gmock/gmock.h>

#include <random>

#include "model/text.hpp"

namespace nova::http {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Target, IsSplitAndDecoded) {
  const auto target = parse_target("/hosts/r%C3%A4ck%201/?host=a%26b&x=1+2&empty=&bare");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->path, ElementsAre("hosts",
                                        "r\xC3\xA4"
                                        "ck 1"));
  EXPECT_THAT(target->query,
              ElementsAre(Pair("host", "a&b"), Pair("x", "1 2"), Pair("empty", ""), Pair("bare", "")));
}

TEST(Target, TheRootHasNoParts) {
  EXPECT_TRUE(parse_target("/")->path.empty());
  EXPECT_TRUE(parse_target("/?a=b")->path.empty());
}

TEST(Target, WhatCouldFoolSomebodyIsRefused) {
  for (const auto& [raw, why] :
       std::vector<std::pair<std::string, std::string>>{{"/services/a%2Fb", "encoded slash"},
                                                        {"/services/a%2fb", "encoded slash"},
                                                        {"/services/%00", "NUL"},
                                                        {"/services/a%0d%0aX:1", "control"},
                                                        {"/services/../hosts", "\"..\""},
                                                        {"/services/%2e%2e/hosts", "\"..\""},
                                                        {"/./services", "\".\""},
                                                        {"/services/%", "hex digits"},
                                                        {"/services/%4", "hex digits"},
                                                        {"/services/%zz", "hex digits"},
                                                        {"/services/%ff", "UTF-8"},
                                                        {"/services/%c0%af", "UTF-8"},
                                                        {"/services?host=%00", "NUL"},
                                                        {"/services?%ff=1", "UTF-8"},
                                                        {"/services?a=%1", "hex digits"},
                                                        {"services", "slash"},
                                                        {"", "slash"},
                                                        {"/" + std::string(9000, 'a'), "8192"}}) {
    const auto target = parse_target(raw);
    ASSERT_FALSE(target) << raw;
    EXPECT_EQ(target.error().code, Errc::invalid_argument);
    EXPECT_THAT(target.error().message, HasSubstr(why)) << raw.substr(0, 40);
  }
}

TEST(Target, AnyTextSurvivesEncoding) {
  for (const std::string text : {"a b", "100%", "\xC3\xA4", "a&b=c", "~-._", "+"})
    EXPECT_THAT(parse_target("/x?t=" + percent_encode(text))->query, ElementsAre(Pair("t", text)));
}

TEST(Target, RubbishIsRefusedOrCleanNeverElse) {
  std::mt19937 random(20261123);
  const std::string alphabet = "/?&=%+#.;:0123456789abcdefXYZ\0\x01\xff\xc3\xa4"s;
  for (int round = 0; round < 50000; ++round) {
    std::string raw = "/";
    for (auto length = random() % 40; length > 0; --length) raw += alphabet[random() % alphabet.size()];
    const auto target = parse_target(raw);
    if (!target) continue;
    for (const auto& part : target->path) {
      ASSERT_TRUE(text_length(part) && !has_control(part)) << raw;
      ASSERT_EQ(part.find('/'), std::string::npos) << raw;
    }
    for (const auto& [name, value] : target->query)
      ASSERT_TRUE(text_length(name) && text_length(value) && !has_control(value)) << raw;
  }
}

}  // namespace
}  // namespace nova::http
