// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

/// A pair of 100 days ago that both sides have, and a hold in force.
struct Pruning : testing::Test {
  Pruning() : compute1(1, "compute1") {
    const WallTime long_ago = monday - std::chrono::days{100};
    old = {.adds = {compute1.hold(1, long_ago)},
           .releases = {{.hold = id(0xa0, 1), .actor = "bob", .at = long_ago + std::chrono::hours{1}}}};
    Hold active = compute1.hold(2, long_ago);
    both = old;
    both.adds.push_back(active);
    compute1.holds_.apply(both);
    memory.hosts = {{.id = compute1.id_, .name = "compute1", .info = compute1.info()}};
    memory.holds[compute1.id_] = both;
  }
  const HoldSet& known(const Stage& s) { return s.zone.find(compute1.id_)->holds.holds(); }

  HostSim compute1;
  HoldDelta old;
  HoldDelta both;
  Memory memory{.zone = id(0xee), .born = monday - std::chrono::days{400}};
};

TEST_F(Pruning, old_pairs_leave_both_sides_and_nothing_else_does) {
  Stage s(memory);
  const auto answer = s.exchange(compute1, compute1.full());
  ASSERT_TRUE(answer.prune_before) << "both sides are equal and have an old pair";
  EXPECT_EQ(known(s).size(), 2u) << "the zone waits until the host has dropped it";
  EXPECT_EQ(compute1.holds_.size(), 1u);

  s.exchange(compute1, compute1.heartbeat());  // the digest is a new one
  s.exchange(compute1, compute1.all_holds());
  ASSERT_EQ(s.durable.pruned.size(), 1u);
  EXPECT_EQ(s.durable.pruned[0].delta, old);
  EXPECT_EQ(known(s).digest(), compute1.holds_.digest());
  EXPECT_TRUE(s.service(compute1).pause.held);
}

TEST_F(Pruning, a_lost_answer_only_delays_it) {
  Stage s(memory);
  const auto report = compute1.full();
  auto lost = s.zone.plan_sync(report, s.now);
  s.zone.apply(std::move(*lost), s.now, 0);  // its answer never arrives
  s.exchange(compute1, compute1.full());
  EXPECT_EQ(known(s).digest(), compute1.holds_.digest());
  s.pass(std::chrono::hours{2});
  EXPECT_TRUE(s.exchange(compute1, compute1.full()).prune_before) << "it is offered again";
}

TEST_F(Pruning, a_zone_that_restarts_in_between_finishes_it) {
  Stage s(memory);
  s.exchange(compute1, compute1.full());
  Stage after(memory, 0xf1);
  after.exchange(compute1, compute1.full());
  after.exchange(compute1, compute1.all_holds());
  EXPECT_EQ(known(after).digest(), compute1.holds_.digest());
  EXPECT_EQ(known(after).size(), 1u);
}

TEST_F(Pruning, a_restored_host_drops_them_again) {
  Stage s(memory);
  s.exchange(compute1, compute1.full());
  s.exchange(compute1, compute1.all_holds());
  ASSERT_EQ(known(s).size(), 1u);

  compute1.holds_.apply(both);  // its database of yesterday
  compute1.start();
  const auto first = s.exchange(compute1, compute1.full());
  EXPECT_TRUE(first.send_all_holds);
  const auto second = s.exchange(compute1, compute1.all_holds());
  EXPECT_TRUE(second.prune_before);
  s.exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(known(s).size(), 1u) << "what was dropped is not taken again";
  EXPECT_EQ(known(s).digest(), compute1.holds_.digest());
}

TEST_F(Pruning, news_on_a_clock_that_runs_ahead_prune_nothing) {
  // A pair of last week, on both sides.
  HoldDelta recent{.adds = {compute1.hold(3, monday - std::chrono::days{7})},
                   .releases = {{.hold = id(0xa0, 3), .actor = "bob", .at = monday - std::chrono::days{6}}}};
  compute1.holds_ = HoldSet(monday - std::chrono::days{400});
  compute1.holds_.apply(recent);
  memory.holds[compute1.id_] = recent;
  Stage s(memory);
  s.now.wall += std::chrono::days{365};  // the battery of the zone's clock is empty
  s.now.synchronised = false;
  s.exchange(compute1, compute1.full());
  compute1.holds_.apply({.adds = {compute1.hold(4, monday)}});
  EXPECT_FALSE(s.exchange(compute1, compute1.all_holds()).prune_before);
  EXPECT_EQ(known(s).size(), 2u);
  // Nor does it forget what a restored host lacks.
  compute1.holds_ = HoldSet(monday - std::chrono::days{400});
  compute1.start();
  s.exchange(compute1, compute1.full());
  s.exchange(compute1, compute1.all_holds());
  EXPECT_TRUE(s.durable.pruned.empty());
  EXPECT_EQ(compute1.holds_.digest(), known(s).digest());
}

TEST_F(Pruning, waits_while_the_clock_is_not_synchronised) {
  Stage s(memory);
  s.now.synchronised = false;
  EXPECT_FALSE(s.exchange(compute1, compute1.full()).prune_before);
}

}  // namespace
}  // namespace nova::zone::stage
