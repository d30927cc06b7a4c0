// SPDX-License-Identifier: Apache-2.0
// What comes to the host's set of holds from its zone, and what is left of those that ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(Merge, WhatTheHistoryKnowsAsEndedDoesNotComeBack) {
  AHost host;
  const auto hold = from_zone(host, "carol");
  const Release release{
      .hold = hold.id, .actor = "alice", .at = host.now.wall, .door = Door::bus, .message = "done"};
  ASSERT_TRUE(host.store.archive({{hold}, {release}})) << "and the set beside it is an older one";
  ASSERT_TRUE(host.agent->merge({{hold}, {}}, host.now));
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_EQ(host.store.load()->holds.releases, std::vector{release}) << "so that the zone hears of it";
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
