// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/hold_sync.hpp"
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

/// The exchange of holds alone: a zone's side and a host's set, messages by hand.
struct Exchange : testing::Test {
  Exchange() : host(1, "compute1"), zone(monday - std::chrono::days{400}) {}

  HoldSync::Answer say(const protocol::HoldExchange& report) {
    auto plan = zone.plan(report, report.delta, now);
    last = plan;
    zone.apply(std::move(plan));
    return zone.answer(now, false);
  }
  void hear(const HoldSync::Answer& answer) {
    host.holds_.apply(host.holds_.plan_merge(answer.holds.delta, now).fresh);
    if (answer.prune_before) host.holds_.drop(host.holds_.prunable(*answer.prune_before));
  }
  protocol::HoldExchange nothing_new() { return {.digest = host.holds_.digest()}; }
  protocol::HoldExchange everything() {
    return {.digest = host.holds_.digest(), .delta = host.holds_.everything(), .complete = true};
  }
  protocol::HoldExchange pause(std::uint8_t number) {
    const HoldDelta delta{.adds = {host.hold(number, monday)}};
    host.holds_.apply(delta);
    return {.digest = host.holds_.digest(), .delta = delta};
  }
  void zone_pauses(std::uint8_t number) {
    Hold hold = host.hold(number, monday);
    hold.door = Door::rest;
    zone.add({.adds = {hold}});
  }
  bool equal() const { return zone.holds().digest() == host.holds_.digest(); }

  const Now now{.wall = monday, .boot = {}, .synchronised = true};
  HostSim host;
  HoldSync zone;
  HoldSync::Plan last;
};

TEST_F(Exchange, equal_sides_send_nothing) {
  const auto answer = say(nothing_new());
  EXPECT_TRUE(answer.holds.delta.empty());
  EXPECT_FALSE(answer.send_all);
}

TEST_F(Exchange, each_side_sends_what_the_other_lacks) {
  say(nothing_new());
  zone_pauses(1);
  const auto answer = say(pause(2));
  EXPECT_EQ(last.fresh.adds.size(), 1u);
  ASSERT_EQ(answer.holds.delta.adds.size(), 1u);
  EXPECT_FALSE(answer.send_all);
  hear(answer);
  EXPECT_TRUE(equal());
  EXPECT_TRUE(say(nothing_new()).holds.delta.empty());
}

TEST_F(Exchange, news_on_both_sides_at_once_needs_no_full_exchange) {
  say(nothing_new());
  zone_pauses(1);
  const auto first = say(nothing_new());
  hear(first);
  zone_pauses(2);
  const auto second = say(pause(3));  // the host has 1 and makes 3, while the zone has made 2
  EXPECT_FALSE(second.send_all);
  ASSERT_EQ(second.holds.delta.adds.size(), 1u);
  EXPECT_EQ(second.holds.delta.adds[0].id, id(0xa0, 2));
  hear(second);
  EXPECT_TRUE(equal());
}

TEST_F(Exchange, a_lost_answer_is_sent_again) {
  say(nothing_new());
  zone_pauses(1);
  say(nothing_new());
  const auto again = say(nothing_new());
  EXPECT_EQ(again.holds.delta.adds.size(), 1u);
  EXPECT_FALSE(again.send_all);
}

TEST_F(Exchange, a_zone_that_forgot_asks_for_everything_once) {
  host.holds_.apply({.adds = {host.hold(1, monday)}});
  const auto first = say(nothing_new());
  EXPECT_TRUE(first.send_all);
  const auto second = say(everything());
  EXPECT_FALSE(second.send_all);
  EXPECT_TRUE(equal());
}

TEST_F(Exchange, a_host_that_forgot_gets_everything_back) {
  zone_pauses(1);
  hear(say(nothing_new()));
  say(nothing_new());
  EXPECT_TRUE(equal());
  host.holds_ = HoldSet(monday);
  const auto answer = say(nothing_new());
  EXPECT_TRUE(answer.holds.complete);
  hear(answer);
  EXPECT_TRUE(equal());
}

TEST_F(Exchange, what_the_host_has_is_known_only_when_its_digest_says_so) {
  zone_pauses(1);
  EXPECT_FALSE(zone.host_has({id(0xa0, 1)}));
  const auto answer = say(nothing_new());
  EXPECT_FALSE(zone.host_has({id(0xa0, 1)})) << "sent is not received";
  hear(answer);
  say(nothing_new());
  EXPECT_TRUE(zone.host_has({id(0xa0, 1)}));
}

TEST_F(Exchange, a_release_counts_as_known_when_the_host_has_the_release) {
  say(pause(1));
  EXPECT_TRUE(zone.host_has({id(0xa0, 1)}));
  zone.add({.releases = {{.hold = id(0xa0, 1), .actor = "alice", .at = monday, .door = Door::rest}}});
  EXPECT_FALSE(zone.host_has({id(0xa0, 1)}));
  hear(say(nothing_new()));
  say(nothing_new());
  EXPECT_TRUE(zone.host_has({id(0xa0, 1)}));
}

TEST_F(Exchange, other_contents_under_a_known_id_are_refused_and_do_not_spin) {
  say(pause(1));
  HoldSet other(monday - std::chrono::days{400});
  Hold forged = host.hold(1, monday);
  forged.reason = "something else";
  other.apply({.adds = {forged}});
  const auto answer = say({.digest = other.digest(), .delta = other.everything(), .complete = true});
  EXPECT_THAT(last.contradicting, testing::ElementsAre(forged.id));
  EXPECT_TRUE(last.fresh.empty());
  EXPECT_EQ(zone.holds().find(forged.id)->reason, "disk swap");
  EXPECT_FALSE(answer.send_all) << "asking again would bring the same answer for ever";
}

}  // namespace
}  // namespace nova::zone::stage
