// SPDX-License-Identifier: Apache-2.0
// RESUME and `until`, told as stories.
#include <gtest/gtest.h>

#include "tests/unit/model/a_set.hpp"

namespace nova {
namespace {

TEST(Resume, ReleasesOnesOwnAndSaysWhatStillHolds) {
  ASet service;
  service.pause("alice");
  service.pause("bob", "kernel");
  const auto plan = service.resume("alice");
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->changed);
  ASSERT_EQ(plan->released.size(), 1u);
  ASSERT_EQ(plan->remaining.size(), 1u);
  EXPECT_EQ(plan->remaining[0].owner, "bob");
  EXPECT_EQ(service.active(), plan->remaining);
}

TEST(Resume, OfWhatNobodyHoldsChangesNothing) {
  ASet service;
  const auto plan = service.resume("alice");
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->changed);
}

TEST(Resume, OfWhatOnlyOthersHoldIsAConflictThatNamesThem) {
  ASet service;
  service.pause("bob", "kernel");
  const auto refused = service.resume("alice");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::held_by_others);
  EXPECT_EQ(
      refused.error().message,
      "cannot resume: held by bob since 2026-11-23T06:00:00.000Z: kernel; only they, or an override, can");
  EXPECT_EQ(service.active().size(), 1u);
}

TEST(Resume, OfOnesOwnHoldForAnotherOwnerSaysWhatToSay) {
  ASet service;
  service.pause({.service = compute, .caller = {.actor = "alice"}, .owner = "tool", .reason = "x"});
  service.pause("bob", "kernel");
  EXPECT_EQ(service.resume("alice").error().message,
            "cannot resume: held by tool (alice) since 2026-11-23T06:00:00.000Z: x; bob since "
            "2026-11-23T06:00:00.000Z: kernel; you made a hold for another owner than alice: say owner=tool");
  EXPECT_TRUE(service.resume({.service = compute, .caller = {.actor = "alice"}, .owner = "tool"}));
}

TEST(Resume, AtTheOtherRealmIsNotOnesOwn) {
  ASet service;
  service.pause("alice", "x", Door::rest);
  EXPECT_FALSE(service.resume("alice", Door::bus));
  EXPECT_TRUE(service.resume("alice", Door::rest));
}

TEST(Resume, OfOthersTakesTheOverrideAndIsRecordedAsSuch) {
  ASet service;
  service.pause("bob");
  ResumeRequest request{.service = compute, .caller = {.actor = "root", .may_override = true}, .all = true};
  const auto plan = service.resume(request);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->used_override);
  EXPECT_EQ(service.set.release_of(plan->released[0].id)->actor, "root");
  EXPECT_TRUE(service.active().empty());
}

TEST(Resume, TheRightAloneReleasesNothingOfOthers) {
  ASet service;
  service.pause("bob");
  EXPECT_FALSE(service.resume({.service = compute, .caller = {.actor = "root", .may_override = true}}))
      << "whoever may override has to ask for it";
}

TEST(Resume, OfAnOwnerReleasesAllHoldsOfThatLabel) {
  ASet service;
  service.set.apply({.adds = {a_hold(101, "alice"), a_hold(102, "alice"), a_hold(103, "bob")}});
  const auto plan = service.resume({.service = compute, .caller = {.actor = "alice"}, .owner = "alice"});
  EXPECT_EQ(plan->released.size(), 2u);
  EXPECT_EQ(service.active().size(), 1u);
}

TEST(Resume, OfAllWithoutTheRightReleasesOnesOwnAndLeavesTheRest) {
  ASet service;
  service.pause("alice");
  service.pause("bob");
  const auto plan = service.resume({.service = compute, .caller = {.actor = "alice"}, .all = true});
  EXPECT_EQ(plan->released.size(), 1u);
  EXPECT_EQ(plan->remaining.size(), 1u);
  EXPECT_FALSE(plan->used_override);
}

TEST(Resume, AHoldNeverComesBack) {
  ASet service;
  const auto hold = service.pause("alice")->hold;
  service.resume("alice");
  service.set.apply({.adds = {hold}});
  EXPECT_TRUE(service.active().empty());
  EXPECT_TRUE(
      service.set.plan_merge({.adds = {hold}}, {.wall = service.wall, .boot = {}, .synchronised = true})
          .fresh.empty());
}

TEST(Resume, WithAClockThatWentBackIsStillAfterThePause) {
  ASet service;
  const auto hold = service.pause("alice")->hold;
  service.wall -= std::chrono::hours{5};
  service.resume("alice");
  EXPECT_EQ(service.set.release_of(hold.id)->at, hold.recorded);
}

class Expiry : public testing::Test {
 protected:
  Expiry() {
    service.pause({.service = compute,
                   .caller = {.actor = "alice"},
                   .reason = "x",
                   .until = morning + std::chrono::hours{1}});
  }
  ASet service;
};

TEST_F(Expiry, EndsAHoldAtItsUntil) {
  EXPECT_EQ(service.set.next_until(), morning + std::chrono::hours{1});
  service.wall += std::chrono::hours{1} - Millis{1};
  EXPECT_TRUE(plan_expiry(service.set, service.now()).empty());
  service.wall += Millis{1};
  const auto ended = plan_expiry(service.set, service.now());
  ASSERT_EQ(ended.releases.size(), 1u);
  EXPECT_EQ(ended.releases[0].message, "until passed");
  service.set.apply(ended);
  EXPECT_TRUE(service.active().empty());
  EXPECT_TRUE(plan_expiry(service.set, service.now()).empty());
}

TEST_F(Expiry, IsNotJudgedByAClockThatIsNotSynchronised) {
  service.wall += std::chrono::hours{2};
  service.synchronised = false;
  EXPECT_TRUE(plan_expiry(service.set, service.now()).empty());
}

TEST_F(Expiry, IsTheSameRecordWhoeverWritesIt) {
  service.wall += std::chrono::hours{2};
  const auto here = plan_expiry(service.set, service.now());
  service.wall += std::chrono::hours{3};
  EXPECT_EQ(plan_expiry(service.set, service.now()), here);
}

TEST_F(Expiry, ALapsedHoldCountsNoMoreButWaitsForItsRecord) {
  const Uuid id = service.active()[0].id;
  service.set.lapse({id, number(99)});
  EXPECT_TRUE(service.active().empty());
  EXPECT_EQ(service.set.lapsed(), std::set{id}) << "a hold that is not known cannot lapse";
  EXPECT_FALSE(service.set.next_until());
  const auto digest = service.set.digest();
  service.set.apply({.releases = {{.hold = id, .actor = "alice", .at = service.wall}}});
  EXPECT_TRUE(service.set.lapsed().empty());
  EXPECT_NE(service.set.digest(), digest);
}

}  // namespace
}  // namespace nova
