// SPDX-License-Identifier: Apache-2.0
// Holds that end by themselves. Fakes stand for the disk, systemd and the clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

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
