// SPDX-License-Identifier: Apache-2.0
// How the holds of host and zone come together, and leave again.
#include "tests/unit/federation/an_exchange.hpp"

namespace nova::federation {
namespace {

TEST_F(ExchangeTest, AHoldOfTheZoneIsKeptAndToldBack) {
  join();
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  HoldSet theirs(host.now.wall);
  theirs.apply(answer.holds.delta);
  answer.holds.digest = theirs.digest();
  EXPECT_TRUE(take(answer).again_now) << "the zone waits to hear that it is durable";
  EXPECT_TRUE(host.service().pause.held);
  EXPECT_EQ(host.store.load()->holds.adds.size(), 1u);
  const auto request = ask();
  EXPECT_EQ(request.holds.digest, theirs.digest());
  EXPECT_EQ(request.holds.delta.adds.size(), 1u) << "so that the zone knows what the host has";
  EXPECT_FALSE(take(yes(request)).again_now);
  EXPECT_TRUE(ask().holds.delta.empty());
}

TEST_F(ExchangeTest, DifferentDigestsMeanEverythingNext) {
  ASSERT_TRUE(host.pause("alice"));
  join();
  auto answer = yes(ask());
  answer.holds.digest = "another";
  EXPECT_TRUE(take(answer).again_now);
  const auto request = ask();
  EXPECT_TRUE(request.holds.complete);
  EXPECT_EQ(request.holds.delta.adds.size(), 1u);
  auto still = yes(request);
  still.send_all_holds = true;
  EXPECT_FALSE(take(still).again_now) << "a contradiction that stays does not become a storm";
  EXPECT_TRUE(ask().holds.complete);
}

TEST_F(ExchangeTest, AFullDiskIsToldAndTheZoneIsNotMisled) {
  join();
  host.store.full = true;
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  answer.holds.digest = "with the hold";
  const auto after = take(answer);
  EXPECT_NE(after.trouble.find("cannot keep the zone's holds"), std::string::npos) << after.trouble;
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_NE(ask().holds.digest, "with the hold");
}

TEST_F(ExchangeTest, AClockThatRunsAheadDoesNotHideAPauseThatWaits) {
  join();
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  host.now.wall += std::chrono::days{100};  // until the first answer of a time server
  host.now.synchronised = false;
  EXPECT_EQ(take(answer).trouble, "");
  EXPECT_TRUE(host.service().pause.held);
}

/// A hold and its release of so long ago, on this host's disk and in its zone.
class Pruning : public ExchangeTest {
 protected:
  SyncAnswer prune_before(WallTime moment) {
    auto answer = yes(ask());
    answer.prune_before = moment;
    return answer;
  }
  void make_pair() {
    ASSERT_TRUE(host.pause("alice"));
    ASSERT_TRUE(host.resume("alice"));
    join();
    join();
  }
  std::size_t kept() const { return host.agent->host().holds().size(); }
};

TEST_F(Pruning, OldPairsLeaveWhenTheZoneSaysSo) {
  make_pair();
  host.now.wall += std::chrono::days{91};
  take(prune_before(host.now.wall - std::chrono::days{90}));
  EXPECT_EQ(kept(), 0u);
}

TEST_F(Pruning, AZoneWhoseClockRunsAheadForgetsNothing) {
  make_pair();
  take(prune_before(host.now.wall + std::chrono::days{275}));
  EXPECT_EQ(kept(), 1u);
}

TEST_F(Pruning, NothingIsForgottenByAClockThatMayBeWrong) {
  make_pair();
  host.now.wall += std::chrono::days{91};
  host.now.synchronised = false;
  take(prune_before(host.now.wall - std::chrono::days{90}));
  EXPECT_EQ(kept(), 1u);
}

}  // namespace
}  // namespace nova::federation
