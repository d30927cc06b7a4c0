// SPDX-License-Identifier: Apache-2.0
// A zone whose database was restored: what it may have forgotten, and what nobody can claim it forgot.
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

/// A backup of a zone with one host, to be restored a day later.
Memory copy_of(const Stage& day, const HostSim& host) {
  return {.zone = day.memory.zone,
          .born = day.memory.born,
          .forgotten = {{day.now.wall, day.now.wall + std::chrono::hours{24}}},
          .hosts = {day.zone.find(host.id_)->record()}};
}

TEST(ForgottenRecords, come_back_from_the_host_after_a_restored_database) {
  Stage day1;
  HostSim compute1(1, "compute1");
  day1.join(compute1);
  const Memory backup = copy_of(day1, compute1);
  day1.pass(Millis{60'000});
  day1.act(day1.ask(Verb::pause, compute1));
  day1.exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(compute1.holds_.active(compute1.service()).size(), 1u);

  Stage day2(backup, 0xf1);
  day2.pass(std::chrono::hours{25});
  day2.join(compute1);
  EXPECT_FALSE(day2.service(compute1).pause.held) << "the zone has yet to learn of it";
  day2.exchange(compute1, compute1.all_holds());
  EXPECT_TRUE(day2.service(compute1).pause.held);
  EXPECT_TRUE(day2.noted(Note::What::hold_returned));
  EXPECT_EQ(compute1.holds_.active(compute1.service()).size(), 1u) << "a restored database releases nothing";
}

TEST(ForgottenRecords, cannot_be_claimed_for_a_time_that_the_store_knows) {
  Stage s({.zone = id(0xee),
           .born = monday - std::chrono::days{400},
           .forgotten = {{monday - std::chrono::hours{2}, monday - std::chrono::hours{1}}}});
  HostSim compute1(1, "compute1");
  s.join(compute1);
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday - std::chrono::minutes{30})};
  report.holds.delta.adds[0].door = Door::rest;
  s.exchange(compute1, report);
  EXPECT_TRUE(s.noted(Note::What::hold_refused));
  EXPECT_FALSE(s.service(compute1).pause.held);
}

/// A zone whose store was not written for a while yesterday, and a host that has been there for long.
struct Gap : testing::Test {
  Gap()
      : s({.zone = id(0xee),
           .born = monday - std::chrono::days{400},
           .forgotten = {{monday - std::chrono::hours{2}, monday - std::chrono::hours{1}}}}),
        compute1(1, "compute1") {
    s.join(compute1);
  }
  const WallTime inside = monday - std::chrono::minutes{90};
  Stage s;
  HostSim compute1;
};

TEST_F(Gap, what_may_be_forgotten_is_taken_at_the_hosts_word_which_is_said) {
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, inside)};
  report.holds.delta.adds[0].door = Door::rest;
  s.exchange(compute1, report);
  EXPECT_TRUE(s.service(compute1).pause.held);
  const auto note = std::ranges::find(s.effect.notes, Note::What::hold_returned, &Note::what);
  ASSERT_NE(note, s.effect.notes.end());
  EXPECT_THAT(note->text, testing::HasSubstr("at the host's word"));

  report = compute1.heartbeat();
  report.holds.delta.releases = {
      {.hold = id(0xa0, 1), .actor = "alice", .at = inside + Millis{1}, .door = Door::rest}};
  s.exchange(compute1, report);
  EXPECT_TRUE(s.noted(Note::What::hold_returned)) << "a release as well";
}

TEST_F(Gap, a_hold_made_since_is_not_released_by_a_date_inside) {
  const auto paused = s.act(s.ask(Verb::pause, compute1));
  s.exchange(compute1, compute1.heartbeat());
  auto report = compute1.heartbeat();
  report.holds.delta.releases = {{.hold = *paused->hold, .actor = "admin", .at = inside, .door = Door::rest}};
  s.exchange(compute1, report);
  EXPECT_TRUE(s.noted(Note::What::hold_refused));
  EXPECT_TRUE(s.service(compute1).pause.held);
}

TEST_F(Gap, no_action_is_recorded_for_a_date_inside) {
  auto report = compute1.heartbeat();
  report.actions = {{.id = id(0x55),
                     .service = compute1.service(),
                     .verb = Verb::stop,
                     .actor = "admin",
                     .door = Door::rest,
                     .requested = inside,
                     .outcome = Outcome::succeeded}};
  s.exchange(compute1, report);
  EXPECT_TRUE(s.durable.empty());
}

TEST(RestoredZone, a_host_with_a_slow_clock_is_heard) {
  Stage day1;
  HostSim compute1(1, "compute1");
  day1.join(compute1);
  const Memory backup = copy_of(day1, compute1);
  auto result = *day1.act(day1.ask(Verb::restart, compute1));
  result.outcome = Outcome::succeeded;
  result.requested -= std::chrono::minutes{10};  // the host's own clock

  Stage day2(backup, 0xf1);
  day2.pass(std::chrono::hours{25});
  auto report = compute1.full();
  report.actions = {result};
  const auto answer = day2.exchange(compute1, report);
  EXPECT_THAT(answer.acknowledged_actions, testing::ElementsAre(result.id));
  EXPECT_EQ(day2.host("compute1")->presence, Presence::up);
}

}  // namespace
}  // namespace nova::zone::stage
