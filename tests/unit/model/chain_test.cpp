// SPDX-License-Identifier: Apache-2.0
// A tool that renews its pause, and a host with more holds than fit.
#include <gtest/gtest.h>

#include "model/hold_chain.hpp"
#include "model/hold_weight.hpp"
#include "tests/unit/model/a_set.hpp"

namespace nova {
namespace {

Uuid random_like(std::uint8_t n) {
  Uuid id = number(n);
  id.bytes[1] = n;
  id.bytes[6] = 0x40;
  id.bytes[8] = 0x80;
  return id;
}

/// One start of a daemon: what it makes, it remembers.
struct Daemon : ASet {
  Result<PausePlan> lease(const std::string& who, Millis time = std::chrono::minutes{10},
                          Door door = Door::bus) {
    wall += std::chrono::minutes{5};
    const auto plan = plan_pause(
        set,
        {.service = compute, .caller = {.actor = who, .door = door}, .reason = "lease", .until = wall + time},
        random_like(++last), now());
    if (!plan) return plan;
    set.apply(plan->delta);
    set.made_here(plan->hold.id);
    return plan;
  }
  void restart() {
    const HoldDelta saved = set.everything();
    set = HoldSet(set.born());
    set.apply(saved);
  }
};

TEST(Chain, ALeaseThatIsRenewedForAQuarterTakesTheRoomOfOneHold) {
  Daemon host;
  const auto first = host.lease("evacuator");
  for (int i = 0; i < 26'000; ++i) ASSERT_TRUE(host.lease("evacuator"));
  EXPECT_EQ(host.set.size(), 1u);
  EXPECT_EQ(host.set.everything().releases.size(), 0u);
  EXPECT_EQ(host.active()[0].since, first->hold.since);
  EXPECT_TRUE(same_chain(host.active()[0].id, first->hold.id));
}

TEST(Chain, GoesOnOverAResume) {
  Daemon host;
  const auto first = host.lease("alice");
  host.resume("alice");
  EXPECT_EQ(host.set.everything().releases.size(), 1u);
  const auto second = host.lease("alice");
  EXPECT_EQ(host.set.superseded_by(second->delta), HoldDelta{}) << "applied already";
  EXPECT_EQ(host.set.everything(), (HoldDelta{.adds = {second->hold}}));
}

TEST(Chain, AnOldDatabaseThatBringsALinkBackLoses) {
  Daemon host;
  const HoldDelta yesterday{.adds = {host.lease("alice")->hold}};
  host.lease("alice");
  host.resume("alice");
  const auto merge = host.set.plan_merge(yesterday, host.now());
  EXPECT_TRUE(merge.fresh.empty());
  EXPECT_TRUE(merge.contradicting.empty() && merge.stale.empty());

  HoldSet restored(morning);
  restored.apply(yesterday);
  restored.apply(restored.plan_merge(host.set.everything(), host.now()).fresh);
  EXPECT_TRUE(restored.active().empty());
  EXPECT_EQ(restored.digest(), host.set.digest());
}

TEST(Chain, EndsWithTheDaemonThatMadeIt) {
  Daemon host;
  const auto first = host.lease("alice");
  host.restart();
  const auto second = host.lease("alice");
  EXPECT_FALSE(same_chain(first->hold.id, second->hold.id))
      << "after a restored database there may be links that this daemon does not know";
  EXPECT_TRUE(host.set.release_of(first->hold.id));
}

TEST(Chain, IsOfOneMakerOnOneServiceAtOneSide) {
  Daemon host;
  const auto alice = host.lease("alice");
  EXPECT_FALSE(same_chain(alice->hold.id, host.lease("bob")->hold.id));
  EXPECT_FALSE(same_chain(alice->hold.id, host.lease("alice", std::chrono::minutes{1}, Door::rest)->hold.id));
  EXPECT_EQ(host.active().size(), 3u);
}

TEST(Chain, ALinkByAnotherMakerEndsNothingAndIsRefused) {
  Daemon zone;
  const auto real = zone.lease("alice", std::chrono::minutes{10}, Door::rest);
  Hold forged = a_hold(1, "root");
  forged.id = *next_link(real->hold.id, zone.wall + std::chrono::hours{1});
  const auto merge = zone.set.plan_merge({.adds = {forged}}, zone.now());
  EXPECT_EQ(merge.contradicting, std::vector{forged.id});
  zone.set.apply({.adds = {forged}});
  EXPECT_EQ(zone.active().size(), 2u);
}

TEST(Chain, ALinkIsLaterThanTheOneBeforeWhateverTheClock) {
  Uuid id = random_like(1);
  for (const auto time : {morning, morning - std::chrono::days{400}, WallTime{}, morning}) {
    const auto next = next_link(id, time);
    ASSERT_TRUE(next);
    EXPECT_GT(link_of(*next), link_of(id));
    EXPECT_TRUE(same_chain(*next, id));
    id = *next;
  }
  EXPECT_EQ(parse_uuid(to_string(id)), id);
}

/// A host on which so many different owners paused and resumed that nothing fits any more.
struct Full : Daemon {
  Full() {
    wall += std::chrono::days{1};
    lease("evacuator");
    for (std::uint16_t n = 0; set.weight() + room <= HoldSet::max_weight; ++n) {
      Hold hold = a_hold(0, "job " + std::to_string(n));
      hold.id.bytes[2] = static_cast<std::uint8_t>(n >> 8);
      hold.id.bytes[3] = static_cast<std::uint8_t>(n);
      set.apply({.adds = {hold}, .releases = {{.hold = hold.id, .actor = hold.actor, .at = morning}}});
    }
  }
  static constexpr std::size_t room = 1500;
};

TEST(FullSet, RefusesAPauseAndSaysWhatToDo) {
  Full host;
  EXPECT_GT(host.set.size(), 3000u);
  const auto refused = host.pause("alice");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().message.find("always name the same owner"), std::string::npos);
}

TEST(FullSet, StillLetsALeaseBeRenewed) {
  Full host;
  EXPECT_TRUE(host.lease("evacuator"));
  EXPECT_TRUE(host.lease("evacuator"));
}

TEST(FullSet, NeverRefusesAResume) {
  Full host;
  ResumeRequest request{.service = compute,
                        .caller = {.actor = std::string(max_label, '"'), .may_override = true},
                        .all = true,
                        .message = std::string(max_reason, '"')};
  ASSERT_TRUE(host.resume(request));
  EXPECT_TRUE(host.active().empty());
  EXPECT_LE(host.set.weight(), HoldSet::max_weight);
}

TEST(FullSet, HasRoomAgainWhenPairsHaveLeft) {
  Full host;
  host.set.drop(host.set.prunable(WallTime::max()));
  EXPECT_TRUE(host.pause("alice"));
}

}  // namespace
}  // namespace nova
