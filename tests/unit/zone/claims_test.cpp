// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

struct Claims : testing::Test {
  Claims() : compute1(1, "compute1"), compute2(2, "compute2") {
    s.join(compute1);
    s.join(compute2);
    before = s.seen();
  }
  /// Refused with this code and field, and nothing changed.
  void refused(const protocol::SyncRequest& report, Errc code, const std::string& field) {
    const Error error = s.refusal(report);
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_EQ(error.field, field) << error.message;
    EXPECT_THAT(error.message, testing::StartsWith("cannot take "));
    EXPECT_EQ(s.seen(), before);
  }

  /// The report is taken, only this record of it is not: nothing durable, nothing shown, a note that says
  /// why.
  void left_out(HostSim& host, const protocol::SyncRequest& report, Note::What what, const std::string& why,
                const std::vector<ActionRecord>& recorded = {}) {
    const auto answer = s.exchange(host, report, recorded);
    EXPECT_TRUE(s.durable.empty());
    EXPECT_EQ(s.seen(), before);
    ASSERT_EQ(s.effect.notes.size(), 1u);
    EXPECT_EQ(s.effect.notes[0].what, what);
    EXPECT_THAT(s.effect.notes[0].text, testing::HasSubstr(why));
    for (const Action& action : report.actions)
      EXPECT_THAT(answer.acknowledged_actions, testing::Contains(action.id)) << "or it comes for ever";
  }

  /// The same for a record that may have been noted before: once is enough.
  void not_taken(HostSim& host, const protocol::SyncRequest& report) {
    s.exchange(host, report);
    EXPECT_TRUE(s.durable.empty());
    EXPECT_EQ(s.seen(), before);
  }

  /// 1970, before the zone was born, and older than the retention.
  const std::vector<WallTime> old_dates{WallTime{}, monday - std::chrono::days{500},
                                        monday - std::chrono::days{91}};
  Stage s;
  HostSim compute1;
  HostSim compute2;
  std::shared_ptr<const Snapshot> before;
};

TEST_F(Claims, anothers_name) {
  HostSim impostor(9, "compute1");
  refused(impostor.full(), Errc::conflict, "name");
}

TEST_F(Claims, anothers_name_even_while_that_one_is_lost) {
  s.pass(Millis{60'000});
  s.tick();
  before = s.seen();
  HostSim impostor(9, "compute1");
  refused(impostor.full(), Errc::conflict, "name");
}

TEST_F(Claims, the_name_that_nova_has_for_another) {
  auto report = compute2.full();
  report.info->name = "compute1";
  refused(report, Errc::conflict, "info.name");
}

TEST_F(Claims, a_live_hosts_id_under_another_name) {
  HostSim copy(1, "compute9");
  refused(copy.full(), Errc::conflict, "host");
  refused(copy.full(), Errc::conflict, "host");
  const auto notes = s.zone.take_notes();
  ASSERT_EQ(notes.size(), 1u) << "once";
  EXPECT_EQ(notes[0].what, Note::What::host_conflict);
  EXPECT_THAT(notes[0].text, testing::HasSubstr("compute9"));
}

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

TEST_F(Claims, an_action_that_the_zone_never_asked_for_is_named_and_changes_nothing) {
  for (const WallTime at : {monday, WallTime{}}) {
    auto report = compute1.heartbeat();
    report.actions = {{.id = id(0x55),
                       .service = compute1.service(),
                       .verb = Verb::stop,
                       .actor = "alice",
                       .door = Door::rest,
                       .requested = at,
                       .outcome = Outcome::succeeded}};
    left_out(compute1, report, Note::What::action_unknown, "claims the REST door");
  }
}

TEST_F(Claims, the_result_of_another_hosts_command) {
  const auto asked = s.act(s.ask(Verb::stop, compute1));
  auto report = compute2.heartbeat();
  report.actions = {*asked};
  report.actions[0].outcome = Outcome::succeeded;
  left_out(compute2, report, Note::What::action_refused, "asked of another host");
  EXPECT_TRUE(s.zone.unfinished(asked->id)) << "its own host has not said how it ended";

  report.actions[0].id = id(0x56);
  left_out(compute2, report, Note::What::action_refused, "asked of another host",
           {{compute1.id_, report.actions[0]}});
}

TEST_F(Claims, an_action_on_anothers_service) {
  auto report = compute2.heartbeat();
  report.actions = {{.id = id(0x55),
                     .service = compute1.service(),
                     .verb = Verb::stop,
                     .actor = "bob",
                     .door = Door::bus,
                     .requested = monday,
                     .outcome = Outcome::succeeded}};
  left_out(compute2, report, Note::What::action_refused, "another host's");
}

TEST_F(Claims, one_false_record_does_not_hide_the_sound_ones) {
  auto report = compute1.changed();
  report.services[0].unit.active_state = "failed";
  report.holds.delta.adds = {compute1.hold(1, monday), compute1.hold(2, monday)};
  report.holds.delta.adds[0].door = Door::rest;
  report.actions = {{.id = id(0x55),
                     .service = compute1.service(),
                     .verb = Verb::pause,
                     .actor = "bob",
                     .door = Door::bus,
                     .requested = monday,
                     .outcome = Outcome::succeeded},
                    {.id = id(0x56),
                     .service = compute1.service(),
                     .verb = Verb::stop,
                     .actor = "alice",
                     .door = Door::rest,
                     .requested = monday,
                     .outcome = Outcome::succeeded}};
  const auto answer = s.exchange(compute1, report);
  EXPECT_THAT(answer.acknowledged_actions, testing::UnorderedElementsAre(id(0x55), id(0x56)));
  ASSERT_EQ(s.durable.holds.size(), 1u);
  EXPECT_THAT(s.durable.holds[0].delta.adds, testing::ElementsAre(report.holds.delta.adds[1]));
  ASSERT_EQ(s.durable.actions.size(), 1u);
  EXPECT_EQ(s.durable.actions[0].action.id, id(0x55));
  EXPECT_EQ(s.service(compute1).facts.unit.active_state, "failed");
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

TEST_F(Claims, its_own_door_and_service_are_fine) {
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  report.actions = {{.id = id(0x55),
                     .service = compute1.service(),
                     .verb = Verb::pause,
                     .actor = "bob",
                     .door = Door::bus,
                     .requested = monday,
                     .outcome = Outcome::succeeded}};
  const auto answer = s.exchange(compute1, report);
  EXPECT_THAT(answer.acknowledged_actions, testing::ElementsAre(id(0x55)));
  EXPECT_EQ(s.durable.holds.size(), 1u);
  EXPECT_EQ(s.durable.actions.size(), 1u);
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

TEST(ForgottenRecords, come_back_from_the_host_after_a_restored_database) {
  Stage day1;
  HostSim compute1(1, "compute1");
  day1.join(compute1);
  const Memory backup{.zone = day1.memory.zone,
                      .born = day1.memory.born,
                      .forgotten = {{day1.now.wall, day1.now.wall + std::chrono::hours{24}}},
                      .hosts = {day1.zone.find(compute1.id_)->record()}};
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
  const Memory backup{.zone = day1.memory.zone,
                      .born = day1.memory.born,
                      .forgotten = {{day1.now.wall, day1.now.wall + std::chrono::hours{24}}},
                      .hosts = {day1.zone.find(compute1.id_)->record()}};
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
