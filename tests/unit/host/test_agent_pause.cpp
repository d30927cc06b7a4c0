// SPDX-License-Identifier: Apache-2.0
// PAUSE at the service that every door calls. Fakes stand for the disk, systemd and the clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Pause, IsDurableThenToldThenAnswered) {
  AHost host;
  const auto answer = host.pause("alice");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->changed);
  EXPECT_EQ(answer->hold.reason, "disk swap");
  EXPECT_EQ(host.store.load()->holds.adds, std::vector{answer->hold});
  EXPECT_TRUE(host.service().pause.paused);
  ASSERT_EQ(host.listener.actions.size(), 1U);
  EXPECT_EQ(host.listener.actions[0].hold, answer->hold.id);
}

TEST(Pause, RepeatedIsNoChangeAndLeavesNoTrace) {
  AHost host({.has_zone = true});
  host.pause("alice");
  const auto saves = host.store.saves;
  host.pass(1min);
  EXPECT_FALSE(host.pause("alice")->changed);
  EXPECT_EQ(host.store.saves, saves);
  EXPECT_EQ(host.agent->unreported().size(), 1U);
}

TEST(Pause, WithAnotherReasonKeepsItsBeginning) {
  AHost host;
  const auto began = host.pause("alice")->hold.since;
  host.pass(1h);
  const auto again = host.pause("alice", "still swapping");
  EXPECT_TRUE(again->changed);
  EXPECT_EQ(again->hold.since, began);
  EXPECT_EQ(host.service().holds, std::vector{again->hold});
}

TEST(Pause, OfAnotherKindSaysWhatFits) {
  AHost host;
  const auto answer = host.agent->pause(
      {.service = host.api(), .caller = {.actor = "alice"}, .owner = "", .reason = ""}, host.now);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::not_supported);
  EXPECT_THAT(answer.error().message, HasSubstr("start, stop, restart, suspend"));
}

TEST(Pause, OfAnUnknownServiceIsRefused) {
  AHost host;
  const auto answer = host.agent->pause(
      {.service = host_id, .caller = {.actor = "alice"}, .owner = "", .reason = ""}, host.now);
  EXPECT_EQ(answer.error().code, Errc::no_such_service);
}

TEST(Pause, OnAFullDiskChangesNothingAndKeepsTheOldHolds) {
  AHost host({.has_zone = true});
  host.pause("alice");
  host.store.full = true;
  const auto before = host.service();
  host.listener.heard.clear();
  const auto answer = host.pause("bob");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::storage_failed);
  EXPECT_EQ(host.service(), before);
  EXPECT_THAT(host.listener.heard, IsEmpty());
  EXPECT_EQ(host.agent->unreported().size(), 1U);
  host.start();
  EXPECT_EQ(host.service(), before);
}

struct BadPause {
  const char* name;
  PauseRequest request;
  const char* field;
};

class BadPauses : public testing::TestWithParam<BadPause> {};

TEST_P(BadPauses, NameTheFieldAndChangeNothing) {
  AHost host({.require_reason = true});
  auto request = GetParam().request;
  request.service = host.compute();
  const auto answer = host.agent->pause(request, host.now);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::invalid_argument);
  EXPECT_EQ(answer.error().field, GetParam().field);
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_EQ(host.store.saves, 0);
}

const Caller alice{.actor = "alice"};
const WallTime today{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, BadPauses,
    testing::Values(
        BadPause{
            "NoReasonWhereRequired", {.service = {}, .caller = alice, .owner = "", .reason = ""}, "reason"},
        BadPause{"ReasonOf256",
                 {.service = {}, .caller = alice, .owner = "", .reason = std::string(256, 'x')},
                 "reason"},
        BadPause{
            "ReasonWithANewline", {.service = {}, .caller = alice, .owner = "", .reason = "a\nb"}, "reason"},
        BadPause{"ReasonNoUtf8", {.service = {}, .caller = alice, .owner = "", .reason = "\xff"}, "reason"},
        BadPause{"OwnerTooLong",
                 {.service = {}, .caller = alice, .owner = std::string(129, 'o'), .reason = "r"},
                 "owner"},
        BadPause{"OwnerPadded", {.service = {}, .caller = alice, .owner = " ops", .reason = "r"}, "owner"},
        BadPause{"CallerWithoutAName", {.service = {}, .caller = {}, .owner = "", .reason = "r"}, "actor"},
        BadPause{"UntilNow",
                 {.service = {}, .caller = alice, .owner = "", .reason = "r", .until = today},
                 "until"},
        BadPause{"UntilInTwoYears",
                 {.service = {}, .caller = alice, .owner = "", .reason = "r", .until = today + 24h * 730},
                 "until"}),
    [](const testing::TestParamInfo<BadPause>& test) { return test.param.name; });

TEST(Pause, TakesAReasonOf255CharactersAndNoneWhereNoneIsRequired) {
  AHost host;
  std::string reason;
  for (int i = 0; i < 255; ++i) reason += "ö";
  EXPECT_EQ(host.pause("alice", reason)->hold.reason, reason);
  EXPECT_EQ(host.pause("bob", "")->hold.reason, no_reason);
}
