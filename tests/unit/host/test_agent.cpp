// SPDX-License-Identifier: Apache-2.0
// The doors' one service, as stories. Fakes stand for the disk, systemd and the clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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

TEST(Resume, ReleasesOnesOwnHoldAndSaysWhatStillHolds) {
  AHost host;
  host.pause("alice");
  host.pause("bob", "kernel");
  const auto answer = host.resume("alice");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->released.size(), 1U);
  ASSERT_EQ(answer->remaining.size(), 1U);
  EXPECT_EQ(answer->remaining[0].owner, "bob");
  EXPECT_TRUE(host.service().pause.held);
}

TEST(Resume, WhereOnlyOthersHoldIsAConflictThatNamesThem) {
  AHost host;
  host.pause("bob", "kernel");
  const auto answer = host.resume("alice");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::held_by_others);
  EXPECT_THAT(answer.error().message, HasSubstr("bob since 2026-11-23T00:00:00.000Z: kernel"));
}

TEST(Resume, OfAllWithTheOverrideIsRecordedAsSuch) {
  AHost host;
  host.pause("bob");
  const auto answer = host.agent->resume({.service = host.compute(),
                                          .caller = {.actor = "root", .may_override = true},
                                          .owner = "",
                                          .all = true},
                                         true, host.now);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->used_override);
  EXPECT_TRUE(host.listener.actions.back().used_override);
  EXPECT_FALSE(host.service().pause.held);
}

TEST(Resume, OfNothingChangesNothing) {
  AHost host;
  const auto answer = host.resume("alice");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->changed);
  EXPECT_EQ(host.store.saves, 0);
}

TEST(Resume, ThawsAFrozenUnitWhenNoHoldRemains) {
  AHost host;
  host.pause("alice");
  host.pause("bob");
  host.units[0].facts.freezer_state = "frozen";
  host.agent->observe(host.units, host.now);
  EXPECT_FALSE(host.resume("alice")->thawing);
  EXPECT_THAT(host.control.log, IsEmpty());
  EXPECT_TRUE(host.resume("bob")->thawing);
  EXPECT_THAT(host.control.log, ElementsAre("thaw nova-compute.service"));
  host.control.finish(fail(Errc::unavailable, "systemd does not answer"));
  EXPECT_THAT(host.listener.actions.back().message, HasSubstr("cannot thaw nova-compute.service"));
}

TEST(Resume, DoesNotThawForACallerWhoMayNotStart) {
  AHost host;
  host.pause("alice");
  host.units[0].facts.freezer_state = "frozen";
  host.agent->observe(host.units, host.now);
  const auto answer = host.agent->resume({.service = host.compute(), .caller = alice}, false, host.now);
  EXPECT_FALSE(answer->thawing);
  EXPECT_THAT(answer->note, HasSubstr("is frozen"));
  EXPECT_THAT(host.control.log, IsEmpty());
}

TEST(Resume, NeverStartsAStoppedUnitAndSaysSo) {
  AHost host;
  host.pause("alice");
  host.units[0].facts.active_state = "inactive";
  host.agent->observe(host.units, host.now);
  EXPECT_EQ(host.resume("alice")->note, "nova-compute.service is inactive; RESUME does not start it");
  EXPECT_THAT(host.control.log, IsEmpty());
}

TEST(Until, EndsTheHoldByItself) {
  AHost host;
  const auto until = host.now.wall + 1h;
  host.pause_until("alice", until);
  EXPECT_EQ(host.agent->next_tick().until, until);
  host.pass(59min);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_TRUE(host.service().pause.held);
  host.pass(1min);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_EQ(host.agent->history(host.compute(), 10).at(0).second.message, "until passed");
  EXPECT_THAT(host.listener.actions, SizeIs(1)) << "nobody resumed it";
  ASSERT_THAT(host.listener.ended, SizeIs(1));
  EXPECT_EQ(host.agent->next_tick().until, std::nullopt);
}

TEST(Until, OfOneHoldIsToldWithWhatStillHolds) {
  AHost host;
  const auto first = host.pause_until("alice", host.now.wall + 1h)->hold;
  const auto second = host.pause("bob")->hold;
  host.pass(1h);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_THAT(host.listener.ended, ElementsAre(std::pair{first, std::vector{second}}));
}

TEST(Until, IsJudgedAcrossARestart) {
  AHost host;
  host.pause_until("alice", host.now.wall + 1h);
  host.pass(2h);
  host.start();
  EXPECT_TRUE(host.service().pause.held) << "not judged before the first tick";
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_FALSE(host.service().pause.held);
}

TEST(Until, IsNotJudgedWhileTheClockIsNotSynchronised) {
  AHost host;
  host.pause_until("alice", host.now.wall + 1h);
  host.pass(2h);
  host.now.synchronised = false;
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_TRUE(host.service().pause.held);
  host.now.synchronised = true;
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_FALSE(host.service().pause.held);
}

TEST(Until, WithAZoneEndsHereButLeavesTheRecordToTheZone) {
  AHost host({.has_zone = true});
  const auto hold = host.pause_until("alice", host.now.wall + 1h)->hold;
  host.pass(2h);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_EQ(host.agent->host().holds().release_of(hold.id), nullptr);
  const auto saves = host.store.saves;
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_EQ(host.store.saves, saves) << "once is enough";
  host.start();
  EXPECT_FALSE(host.service().pause.held) << "ended, also after a restart";
  ASSERT_TRUE(host.agent->merge({{}, {expiry_of(hold)}}, host.now));
  EXPECT_NE(host.agent->host().holds().release_of(hold.id), nullptr);
  EXPECT_THAT(host.listener.ended, IsEmpty()) << "it was told when it happened, before the restart";
  EXPECT_THAT(host.listener.actions, IsEmpty());
}

TEST(Until, JudgedByTheZoneFirstIsToldAsTheEndOfTheHold) {
  AHost host({.has_zone = true});
  const auto hold = host.pause_until("alice", host.now.wall + 1h)->hold;
  ASSERT_TRUE(host.agent->merge({{}, {expiry_of(hold)}}, host.now));
  EXPECT_THAT(host.listener.ended, ElementsAre(std::pair{hold, std::vector<Hold>{}}));
}

TEST(Until, IsTakenAsSaidWhileTheClockIsNotSynchronised) {
  AHost host;
  host.now.wall -= std::chrono::days{9000};
  host.now.synchronised = false;
  EXPECT_TRUE(host.pause_until("alice", host.now.wall + std::chrono::days{9001}));
  host.now.wall += std::chrono::days{9000};
  host.now.synchronised = true;
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_TRUE(host.service().pause.held);
}

TEST(Until, OnAFullDiskStaysInForceUntilItCanBeWritten) {
  AHost host;
  host.pause_until("alice", host.now.wall + 1h);
  host.pass(2h);
  host.store.full = true;
  EXPECT_FALSE(host.agent->tick(host.now));
  EXPECT_TRUE(host.service().pause.held);
  host.store.full = false;
  EXPECT_TRUE(host.agent->tick(host.now));
  EXPECT_FALSE(host.service().pause.held);
}

namespace {

Hold from_zone(const AHost& host, const std::string& name) {
  return {.id = name_uuid(host_id, name),
          .service = host.compute(),
          .owner = name,
          .actor = name,
          .reason = "zone",
          .since = host.now.wall,
          .recorded = host.now.wall,
          .until = {},
          .door = Door::rest,
          .enforce = all_enforcers()};
}

}  // namespace

TEST(Merge, HoldsOfTheZoneAreSavedAndShown) {
  AHost host;
  const auto hold = from_zone(host, "carol");
  const auto answer = host.agent->merge({{hold}, {}}, host.now);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->contradicting, IsEmpty());
  EXPECT_EQ(host.service().holds, std::vector{hold});
  EXPECT_EQ(host.store.load()->holds.adds, std::vector{hold});
  EXPECT_EQ(host.listener.actions.back().door, Door::rest);
  EXPECT_THAT(host.agent->unreported(), IsEmpty()) << "the zone knows its own deeds";
  const auto saves = host.store.saves;
  ASSERT_TRUE(host.agent->merge({{hold}, {}}, host.now));
  EXPECT_EQ(host.store.saves, saves);
}

TEST(Merge, OnAFullDiskAppliesNothing) {
  AHost host;
  host.store.full = true;
  EXPECT_EQ(host.agent->merge({{from_zone(host, "carol")}, {}}, host.now).error().code, Errc::storage_failed);
  EXPECT_FALSE(host.service().pause.held);
}

TEST(Merge, TheSameIdWithOtherContentsAndWhatIsNoHoldAreRefused) {
  AHost host;
  auto hold = from_zone(host, "carol");
  ASSERT_TRUE(host.agent->merge({{hold}, {}}, host.now));
  hold.reason = "another";
  auto broken = from_zone(host, "dave");
  broken.enforce.clear();
  const auto answer = host.agent->merge({{hold, broken}, {}}, host.now);
  EXPECT_THAT(answer->contradicting, ElementsAre(hold.id));
  EXPECT_THAT(answer->invalid, ElementsAre(broken.id));
  EXPECT_EQ(host.service().holds[0].reason, "zone");
}

TEST(History, HasTheReleasedHoldsNewestFirst) {
  AHost host;
  host.pause("alice", "first");
  host.resume("alice");
  host.pass(1min);
  host.pause("alice", "second");
  host.resume("alice");
  const auto history = host.agent->history(host.compute(), 10);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].first.reason, "second");
  EXPECT_EQ(host.agent->history(host.compute(), 1).size(), 1U);
  EXPECT_THAT(host.agent->history(host.api(), 10), IsEmpty());
}

TEST(History, KeepsPairsThatLeftTheSetAfterTheirRetention) {
  AHost host;
  const auto hold = host.pause("alice")->hold;
  host.resume("alice");
  host.pass(24h * 91);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_EQ(host.agent->host().holds().find(hold.id), nullptr);
  EXPECT_THAT(host.store.load()->holds.adds, IsEmpty());
  EXPECT_EQ(host.agent->history(host.compute(), 10).at(0).first, hold);
}

TEST(Listener, HearsNoMoreOnceRemoved) {
  AHost host;
  host.agent->remove(host.listener);
  host.listener.heard.clear();
  host.pause("alice");
  EXPECT_THAT(host.listener.heard, IsEmpty());
}
