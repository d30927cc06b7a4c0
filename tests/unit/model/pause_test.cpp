// SPDX-License-Identifier: Apache-2.0
// PAUSE, told as stories.
#include <gtest/gtest.h>

#include "tests/unit/model/a_set.hpp"

namespace nova {
namespace {

TEST(Pause, MakesAHoldOfTheActor) {
  ASet service;
  const auto plan = service.pause("alice", "disk swap");
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->changed);
  EXPECT_EQ(plan->hold.owner, "alice");
  EXPECT_EQ(plan->hold.since, morning);
  EXPECT_EQ(plan->hold.enforce, all_enforcers());
  EXPECT_EQ(service.active(), std::vector{plan->hold});
}

TEST(Pause, RepeatedWithTheSameWishChangesNothing) {
  ASet service;
  const auto first = service.pause("alice");
  service.wall += std::chrono::hours{1};
  const auto again = service.pause("alice");
  EXPECT_FALSE(again->changed);
  EXPECT_TRUE(again->delta.empty());
  EXPECT_EQ(again->hold, first->hold);
}

TEST(Pause, RepeatedWithAnotherReasonReplacesTheHoldAndKeepsSince) {
  ASet service;
  const auto first = service.pause("alice", "disk swap");
  service.wall += std::chrono::hours{1};
  const auto second = service.pause("alice", "and the fan");
  EXPECT_TRUE(second->changed);
  EXPECT_FALSE(second->used_override);
  EXPECT_EQ(second->hold.since, morning);
  EXPECT_EQ(second->hold.recorded, service.wall);
  EXPECT_EQ(service.active(), std::vector{second->hold});
  EXPECT_EQ(service.set.release_of(first->hold.id)->message, "replaced by " + to_string(second->hold.id));
}

TEST(Pause, OfAnotherOwnerAddsAnotherHold) {
  ASet service;
  service.pause("alice");
  EXPECT_TRUE(service.pause("bob")->changed);
  EXPECT_EQ(service.active().size(), 2u);
}

TEST(Pause, OfTheSameNameAtTheOtherRealmIsAnotherPerson) {
  ASet service;
  service.pause("alice", "x", Door::bus);
  const auto rest = service.pause("alice", "x", Door::rest);
  EXPECT_TRUE(rest->changed);
  EXPECT_EQ(service.active().size(), 2u);
}

TEST(Pause, UnderTheOwnerOfUnitsIsForUnitsOnly) {
  ASet service;
  for (const Door door : {Door::bus, Door::rest}) {
    for (const char* actor : {"alice", "unit"}) {
      const auto refused = service.pause({.service = compute,
                                          .caller = {.actor = actor, .door = door, .may_override = true},
                                          .owner = actor == std::string("unit") ? "" : "unit",
                                          .reason = "x"});
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Errc::invalid_argument);
      EXPECT_EQ(refused.error().field, "owner");
    }
  }
  EXPECT_TRUE(service.active().empty());
}

class UnitDoor : public testing::Test {
 protected:
  const Caller unit{.actor = "systemd", .door = Door::unit};
  PauseRequest wish(const Caller& caller) {
    return {.service = compute, .caller = caller, .owner = std::string(unit_owner), .reason = "rack move"};
  }
  ASet service;
};

TEST_F(UnitDoor, PausesAlthoughSomebodyUsesItsLabel) {
  Hold squatter = a_hold(101, "unit");
  squatter.actor = "mallory";
  service.set.apply({.adds = {squatter}});  // from a peer of an earlier version
  EXPECT_TRUE(service.pause(wish(unit))->changed);
  EXPECT_FALSE(service.pause(wish(unit))->changed);
  EXPECT_EQ(service.active().size(), 2u);
  const auto plan = service.resume({.service = compute, .caller = unit, .owner = "unit"});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->remaining, std::vector{squatter});
}

TEST_F(UnitDoor, IsNotReachedByAnAccountOfItsName) {
  service.pause(wish(unit));
  EXPECT_FALSE(service.resume({.service = compute, .caller = {.actor = "systemd"}, .owner = "unit"}));
  EXPECT_EQ(service.active().size(), 1u);
}

TEST_F(UnitDoor, IsReleasedFromAnotherDoorWithTheOverride) {
  service.pause(wish(unit));
  const Caller root{.actor = "root", .may_override = true};
  EXPECT_TRUE(service.resume({.service = compute, .caller = root, .owner = "unit"})->used_override);
}

class FormOfPause : public testing::Test {
 protected:
  PauseRequest wish{.service = compute, .caller = {.actor = "alice"}, .reason = "x"};
  ASet service;
};

TEST_F(FormOfPause, NamesWhatIsWrong) {
  EXPECT_TRUE(check_pause(wish, true, service.now()));
  auto wrong = wish;
  wrong.reason = "";
  EXPECT_EQ(check_pause(wrong, false, service.now())->reason, no_reason);
  EXPECT_EQ(check_pause(wrong, true, service.now()).error().field, "reason");
  wrong = wish;
  wrong.owner = " tool";
  EXPECT_EQ(check_pause(wrong, true, service.now()).error().field, "owner");
  wrong = wish;
  wrong.until = morning;
  EXPECT_EQ(check_pause(wrong, true, service.now()).error().field, "until");
}

TEST_F(FormOfPause, LeavesUntilToAClockThatIsSynchronised) {
  service.wall = morning - std::chrono::days{9000};  // a host without a battery for its clock
  service.synchronised = false;
  wish.until = morning + std::chrono::hours{1};
  EXPECT_TRUE(check_pause(wish, true, service.now())) << "not 9000 days ahead, but of another time";
  wish.until = service.wall;
  EXPECT_FALSE(check_pause(wish, true, service.now())) << "it would be over when it is recorded";
  wish.until = WallTime{Millis{~std::uint64_t{0} / 1000}};
  EXPECT_FALSE(check_pause(wish, true, service.now()));
}

TEST(Pause, UnderAnOwnerThatSomebodyElseUsesNeedsTheOverride) {
  ASet service;
  PauseRequest request{.service = compute, .caller = {.actor = "alice"}, .owner = "evacuator", .reason = "x"};
  service.pause(request);
  request.caller.actor = "bob";
  request.reason = "y";
  const auto refused = service.pause(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::held_by_others);
  EXPECT_EQ(refused.error().field, "owner");
  EXPECT_NE(refused.error().message.find("evacuator (alice) since 2026-11-23T06:00:00.000Z: x"),
            std::string::npos)
      << refused.error().message;
  request.caller.may_override = true;
  EXPECT_TRUE(service.pause(request)->used_override);
  ASSERT_EQ(service.active().size(), 1u);
  EXPECT_EQ(service.active()[0].actor, "bob");
}

TEST(Pause, OfOneServiceLeavesOthersAlone) {
  ASet host;
  host.pause("alice");
  host.pause({.service = number(201), .caller = {.actor = "alice"}, .reason = "disk swap"});
  EXPECT_EQ(host.set.active().size(), 2u);
  EXPECT_EQ(host.active().size(), 1u);
}

TEST(Pause, WithAClockThatWentBackNeverBeginsAfterItWasRecorded) {
  ASet service;
  service.pause("alice", "x");
  service.wall -= std::chrono::hours{2};
  const auto plan = service.pause("alice", "y");
  EXPECT_TRUE(check_hold(plan->hold));
  EXPECT_EQ(plan->hold.since, service.wall);
}

TEST(Pause, AfterAPartitionWithTwoHoldsOfOneOwnerReplacesBoth) {
  ASet service;
  service.set.apply({.adds = {a_hold(101, "alice"), a_hold(102, "alice")}});
  const auto plan = service.pause("alice", "one again");
  EXPECT_EQ(plan->delta.releases.size(), 2u);
  EXPECT_EQ(service.active(), std::vector{plan->hold});
}

TEST(Pause, AskedWithTheSameReasonButAnotherUntilChangesIt) {
  ASet service;
  PauseRequest request{.service = compute, .caller = {.actor = "alice"}, .reason = "x"};
  service.pause(request);
  request.until = morning + std::chrono::hours{1};
  EXPECT_TRUE(service.pause(request)->changed);
  request.enforce = {Enforcer::gate};
  EXPECT_TRUE(service.pause(request)->changed);
  EXPECT_FALSE(service.pause(request)->changed);
}

}  // namespace
}  // namespace nova
