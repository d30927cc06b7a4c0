// SPDX-License-Identifier: Apache-2.0
// Which holds and releases a zone takes at a host's word.
#include "tests/unit/zone/claims.hpp"

namespace nova::zone::stage {
namespace {

TEST_F(Claims, anothers_service_in_a_hold) {
  auto report = compute2.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  left_out(compute2, report, Note::What::hold_refused, "is not one of host compute2");
}

TEST_F(Claims, a_service_that_nobody_has_is_kept_and_counts_for_nobody) {
  HostSim future(9, "compute9");
  auto report = compute2.heartbeat();
  report.holds.delta.adds = {compute2.hold(1, monday)};
  report.holds.delta.adds[0].service = future.service();
  ASSERT_TRUE(s.zone.plan_sync(report, s.now)) << "its unit may be gone; the host must not be refused for it";
  s.exchange(compute2, report);
  s.join(future);
  EXPECT_FALSE(s.service(future).pause.held);
}

TEST_F(Claims, a_hold_of_the_rest_door) {
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  report.holds.delta.adds[0].door = Door::rest;
  left_out(compute1, report, Note::What::hold_refused, "claims the REST door");
}

TEST_F(Claims, a_release_of_the_rest_door) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  before = s.seen();
  auto report = compute1.heartbeat();
  report.holds.delta.releases = {{.hold = *paused->hold, .actor = "alice", .at = monday, .door = Door::rest}};
  left_out(compute1, report, Note::What::hold_refused, "claims the REST door");
  EXPECT_TRUE(s.service(compute1).pause.held);
}

TEST_F(Claims, a_release_of_the_rest_door_whatever_its_date) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  before = s.seen();
  for (const WallTime at : old_dates) {
    auto report = compute1.heartbeat();
    report.holds.delta.releases = {{.hold = *paused->hold, .actor = "admin", .at = at, .door = Door::rest}};
    not_taken(compute1, report);
  }
  EXPECT_TRUE(s.service(compute1).pause.held);
}

TEST_F(Claims, who_released_a_hold_is_not_rewritten_by_an_earlier_date) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  s.pass(Millis{60'000});
  s.act(s.ask(Verb::resume, compute1));
  before = s.seen();
  auto report = compute1.heartbeat();
  for (const WallTime at : old_dates) {
    report.holds.delta.releases = {{.hold = *paused->hold, .actor = "admin", .at = at, .door = Door::rest}};
    not_taken(compute1, report);
  }
  report.holds.delta.releases[0].door = Door::bus;
  not_taken(compute1, report);
  EXPECT_EQ(s.zone.find(compute1.id_)->holds.holds().release_of(*paused->hold)->actor, "alice");
}

TEST_F(Claims, a_hold_of_the_rest_door_whatever_its_date) {
  unsigned number = 0;
  for (const WallTime at : old_dates) {
    auto report = compute1.heartbeat();
    report.holds.delta.adds = {compute1.hold(++number, at)};
    report.holds.delta.adds[0].door = Door::rest;
    left_out(compute1, report, Note::What::hold_refused, "claims the REST door");
  }
  EXPECT_FALSE(s.service(compute1).pause.held);
}

TEST_F(Claims, a_pair_of_the_rest_door_older_than_the_retention_is_dropped_and_not_taken) {
  auto report = compute1.heartbeat();
  const WallTime old = monday - std::chrono::days{200};
  report.holds.delta.adds = {compute1.hold(1, old)};
  report.holds.delta.adds[0].door = Door::rest;
  report.holds.delta.releases = {{.hold = id(0xa0, 1), .actor = "alice", .at = old, .door = Door::rest}};
  s.exchange(compute1, report);
  EXPECT_TRUE(s.durable.empty()) << "it may be one that left the set here; nothing is believed of it";
  EXPECT_EQ(s.zone.find(compute1.id_)->holds.holds().find(id(0xa0, 1)), nullptr);
}

TEST_F(Claims, what_is_left_out_is_exchanged_and_noted_once) {
  Hold foreign = compute1.hold(1, monday);
  foreign.door = Door::rest;  // of a zone that the host belonged to before
  compute1.holds_.apply({.adds = {foreign}});
  s.exchange(compute1, compute1.all_holds());
  ASSERT_TRUE(s.noted(Note::What::hold_refused));
  for (int i = 0; i < 3; ++i) {
    const auto answer = s.exchange(compute1, compute1.heartbeat());
    EXPECT_FALSE(answer.send_all_holds);
    EXPECT_TRUE(answer.holds.delta.empty());
    EXPECT_EQ(answer.holds.digest, compute1.holds_.digest()) << "as far as the zone goes, they are equal";
    EXPECT_THAT(s.effect.notes, testing::IsEmpty());
  }
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  s.exchange(compute1, compute1.heartbeat());
  EXPECT_FALSE(s.zone.unfinished(paused->id)) << "what the zone asks for still arrives";
  EXPECT_EQ(compute1.holds_.active(compute1.service()).size(), 2u) << "absence releases nothing";
}

TEST_F(Claims, a_removed_host_that_enrols_again_has_its_former_set) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  auto over = s.act(s.ask(Verb::pause, compute1, "carol"));
  s.exchange(compute1, compute1.heartbeat());
  s.act(s.ask(Verb::resume, compute1, "carol"));
  s.exchange(compute1, compute1.heartbeat());
  s.exchange(compute1, compute1.heartbeat());
  s.zone.apply(*s.zone.plan_removal(compute1.id_, {.actor = "alice", .door = Door::rest}, s.now));

  compute1.start();
  s.join(compute1);
  s.exchange(compute1, compute1.all_holds());
  EXPECT_FALSE(s.noted(Note::What::hold_refused));
  EXPECT_TRUE(s.service(compute1).pause.held);
  EXPECT_EQ(s.zone.find(compute1.id_)->holds.holds().digest(), compute1.holds_.digest());
}

TEST_F(Claims, so_does_one_that_enrols_again_after_a_restart_of_the_zone) {
  s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  Memory left = s.memory;  // the host's row is gone, its holds are not
  left.holds[compute1.id_] = compute1.holds_.everything();
  Stage after(left, 0xf1);
  compute1.start();
  after.join(compute1);
  after.exchange(compute1, compute1.all_holds());
  EXPECT_FALSE(after.noted(Note::What::hold_refused));
  EXPECT_EQ(after.zone.find(compute1.id_)->holds.holds().digest(), compute1.holds_.digest());
}

TEST_F(Claims, a_host_releases_a_rest_hold_at_its_own_door) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  auto report = compute1.heartbeat();
  report.holds.delta.releases = {
      {.hold = *paused->hold, .actor = "root", .at = s.now.wall, .door = Door::bus}};
  s.exchange(compute1, report);
  EXPECT_FALSE(s.service(compute1).pause.held);
}

TEST_F(Claims, the_expiry_of_a_rest_hold_may_come_from_its_host) {
  auto request = s.ask(Verb::pause, compute1);
  request.until = s.now.wall + std::chrono::minutes{1};
  s.act(request);
  s.exchange(compute1, compute1.heartbeat());
  s.pass(Millis{61'000});
  auto report = compute1.heartbeat();
  report.holds.delta = plan_expiry(compute1.holds_, s.now);
  ASSERT_EQ(report.holds.delta.releases.size(), 1u);
  ASSERT_EQ(report.holds.delta.releases[0].door, Door::rest);
  s.exchange(compute1, report);
  EXPECT_FALSE(s.service(compute1).pause.held);
}

}  // namespace
}  // namespace nova::zone::stage
