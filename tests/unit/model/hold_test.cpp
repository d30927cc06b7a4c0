// SPDX-License-Identifier: Apache-2.0
// The form of holds and releases.
#include "model/hold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/a_set.hpp"

namespace nova {
namespace {

std::string characters(std::size_t count, std::string_view one) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += one;
  return text;
}

TEST(Reason, MayBeLeftOutUnlessOneIsRequired) {
  EXPECT_EQ(check_reason("", false), "no reason given");
  EXPECT_EQ(check_reason("", true).error().field, "reason");
}

TEST(Reason, HasAtMost255CharactersWhateverTheirBytes) {
  for (const char* one : {"x", "ß", "€", "😀"}) {
    EXPECT_EQ(check_reason(characters(255, one), true), characters(255, one));
    const auto refused = check_reason(characters(256, one), true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "cannot take the reason: it has 256 characters, at most 255 fit");
  }
}

TEST(Reason, HasNoControlCharactersAndIsUtf8) {
  for (const char* bad : {"two\nlines", "\x1b[31mred", "bell\a", "\xff"})
    EXPECT_EQ(check_reason(bad, false).error().code, Errc::invalid_argument);
}

TEST(Owner, IsALabelOfAtMost128Bytes) {
  EXPECT_EQ(check_owner("evacuator 7"), "evacuator 7");
  EXPECT_TRUE(check_owner(characters(128, "x")));
  for (const std::string& bad : {std::string(), characters(129, "x"), std::string(" x"), std::string("x "),
                                 std::string("a\tb"), std::string("\xc3")})
    EXPECT_EQ(check_owner(bad).error().field, "owner") << bad;
}

TEST(Until, LiesAheadAndNotTooFar) {
  const WallTime now = morning;
  EXPECT_TRUE(check_until(now + Millis{1}, now));
  EXPECT_TRUE(check_until(now + max_until, now));
  EXPECT_EQ(check_until(now, now).error().message,
            "cannot pause until 2026-11-23T06:00:00.000Z: that is past");
  EXPECT_EQ(check_until(now + max_until + Millis{1}, now).error().field, "until");
}

TEST(CheckHold, RefusesOneThatWasOverWhenItWasRecorded) {
  Hold hold = a_hold(1, "alice");
  hold.until = hold.recorded;
  EXPECT_EQ(check_hold(hold).error().field, "until");
}

TEST(Until, ThatNobodyCanWriteIsRefusedInWordsThatCanBeRead) {
  for (const Millis::rep far : {static_cast<Millis::rep>(~std::uint64_t{0} / 1000), Millis::rep{-1}})
    EXPECT_THAT(check_until(WallTime{Millis{far}}, morning).error().message,
                testing::StartsWith("cannot pause until a time outside the years 1970 to 9999"));
}

TEST(CheckHold, TakesAWholeHoldAndNamesWhatIsWrong) {
  const Hold good = a_hold(1, "alice");
  EXPECT_EQ(check_hold(good), good);
  const auto blamed = [&](auto&& spoil) {
    Hold hold = good;
    spoil(hold);
    const auto checked = check_hold(hold);
    return checked ? std::string("nothing") : checked.error().field;
  };
  EXPECT_EQ(blamed([](Hold& h) { h.id = {}; }), "id");
  EXPECT_EQ(blamed([](Hold& h) { h.service = {}; }), "id");
  EXPECT_EQ(blamed([](Hold& h) { h.owner = ""; }), "owner");
  EXPECT_EQ(blamed([](Hold& h) { h.actor = "a\n"; }), "actor");
  EXPECT_EQ(blamed([](Hold& h) { h.reason = ""; }), "reason");
  EXPECT_EQ(blamed([](Hold& h) { h.enforce.clear(); }), "enforce");
  EXPECT_EQ(blamed([](Hold& h) { h.recorded = h.since - Millis{1}; }), "recorded");
}

TEST(CheckRelease, NamesWhatIsWrong) {
  const Release good{.hold = number(1), .actor = "alice", .at = morning, .message = ""};
  EXPECT_EQ(check_release(good), good);
  Release nobody = good;
  nobody.actor = "";
  EXPECT_EQ(check_release(nobody).error().field, "actor");
  Release nothing = good;
  nothing.hold = {};
  EXPECT_EQ(check_release(nothing).error().field, "hold");
  Release long_winded = good;
  long_winded.message = characters(256, "x");
  EXPECT_EQ(check_release(long_winded).error().field, "message");
}

}  // namespace
}  // namespace nova
