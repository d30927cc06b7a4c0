// SPDX-License-Identifier: Apache-2.0
// RESUME at the service that every door calls. Fakes stand for the disk, systemd and the clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  EXPECT_THAT(answer.error().message,
              HasSubstr("held by compute1/bob since 2026-11-23T00:00:00.000Z: kernel"));
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
  const auto answer =
      host.agent->resume({.service = host.compute(), .caller = {.actor = "alice"}}, false, host.now);
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
