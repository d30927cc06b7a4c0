// SPDX-License-Identifier: Apache-2.0
#include "model/text.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace {

using namespace std::string_view_literals;

TEST(Text, CountsCharactersNotBytes) {
  EXPECT_EQ(text_length(""), 0u);
  EXPECT_EQ(text_length("abc"), 3u);
  EXPECT_EQ(text_length("äß€😀"), 4u);
  EXPECT_EQ(text_length("a\0b"sv), 3u);
}

TEST(Text, RefusesWhatIsNotUtf8) {
  for (const auto text : {"\x80"sv, "\xff"sv, "a\xc3"sv, "\xc3("sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv,
                          "\xc0\xaf"sv,          // "/" in two bytes
                          "\xe0\x80\xaf"sv,      // in three
                          "\xf0\x80\x80\xaf"sv,  // in four
                          "\xed\xa0\x80"sv,      // a surrogate
                          "\xf4\x90\x80\x80"sv,  // above U+10FFFF
                          "\xf8\x88\x80\x80\x80"sv})
    EXPECT_FALSE(text_length(text)) << testing::PrintToString(std::string(text));
  EXPECT_EQ(text_length("\xf4\x8f\xbf\xbf"), 1u) << "U+10FFFF itself";
  EXPECT_EQ(text_length("\xed\x9f\xbf"), 1u) << "the last before the surrogates";
}

TEST(Text, FindsControlCharactersOfBothBlocks) {
  for (const auto text : {"a\nb"sv, "\t"sv, "\0"sv, "\x1b[2J"sv, "\x7f"sv, "\xc2\x80"sv, "\xc2\x9b"sv})
    EXPECT_TRUE(has_control(text));
  for (const auto text : {""sv, "plain"sv, "äß€😀"sv, "\xc2\xa0"sv}) EXPECT_FALSE(has_control(text));
}

TEST(Text, IsMadePresentableWithoutBreakingACharacter) {
  EXPECT_EQ(presentable("a\nb\x1b[2J\xc2\x9b|", 100), "a b [2J |");
  EXPECT_EQ(presentable("caf\xe9 \xe2\x82", 100), "caf? ??");
  EXPECT_EQ(presentable("a\0b"sv, 3), "a b");
  EXPECT_EQ(presentable("äß€😀", 6), "äß") << "four bytes, and no room for the next three";
  EXPECT_EQ(presentable("äß€😀", 7), "äß€");
  EXPECT_EQ(presentable("äß€😀", 100, 3), "äß€");
  EXPECT_EQ(presentable("", 100, 3), "");
}

TEST(Text, TooLongIsCutBetweenCharactersWhichIsSeen) {
  EXPECT_EQ(shortened("äß€😀", 10), "äß€😀");
  EXPECT_EQ(shortened("ééééé", 5), "ééééé");
  EXPECT_EQ(shortened("éééééé", 5), "éééé…");
  EXPECT_EQ(shortened("", 3), "");
  EXPECT_EQ(text_length(shortened(std::string(1000, '\xff'), 300)), 300u);
}

}  // namespace
}  // namespace nova
