// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

TEST(Facts, a_host_joins_and_its_services_are_there) {
  Stage s;
  HostSim compute1(1, "compute1");
  const auto answer = s.exchange(compute1, compute1.full());

  EXPECT_EQ(answer.host, compute1.id_);
  EXPECT_EQ(answer.acknowledged, compute1.sequence_);
  EXPECT_FALSE(answer.send_all);
  ASSERT_NE(s.host("compute1"), nullptr);
  EXPECT_EQ(s.host("compute1")->presence, Presence::up);
  EXPECT_EQ(s.service(compute1).state, State::up);
  EXPECT_EQ(s.host("compute1")->info.os, "Debian GNU/Linux 12");
}

TEST(Facts, a_new_host_is_durable_with_what_it_said) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  ASSERT_EQ(s.durable.hosts.size(), 1u);
  EXPECT_EQ(s.durable.hosts.front().name, "compute1");
  EXPECT_EQ(s.durable.hosts.front().services.size(), 1u);

  s.exchange(compute1, compute1.heartbeat());
  EXPECT_TRUE(s.durable.empty()) << "a heartbeat is not worth an fsync";
}

TEST(Facts, a_heartbeat_changes_nothing_that_readers_see) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  const auto before = s.seen();
  s.pass(Millis{800});
  s.exchange(compute1, compute1.heartbeat());
  EXPECT_FALSE(s.zone.changed());
  EXPECT_EQ(s.seen(), before);
  EXPECT_TRUE(s.effect.stale_facts.empty());
}

TEST(Facts, a_change_is_taken_and_dated) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  s.seen();
  s.pass(Millis{60'000});
  compute1.compute().unit.active_state = "failed";
  const auto answer = s.exchange(compute1, compute1.changed());
  EXPECT_EQ(answer.acknowledged, compute1.sequence_);
  EXPECT_EQ(s.service(compute1).state, State::down);
  EXPECT_EQ(s.service(compute1).updated_at, s.now.wall);
  EXPECT_THAT(s.effect.stale_facts, testing::ElementsAre(compute1.id_));
}

TEST(Facts, what_is_removed_is_gone_and_the_rest_keeps_its_date) {
  Stage s;
  HostSim control(1, "control");
  control.add("nova-api", Kind::api);
  s.join(control);
  s.seen();
  s.pass(Millis{60'000});
  auto report = control.heartbeat();
  report.sequence = ++control.sequence_;
  report.removed = {control.services_[1].id};
  s.exchange(control, report);
  EXPECT_EQ(s.seen()->find_service(control.services_[1].id), nullptr);
  EXPECT_EQ(s.service(control).updated_at, monday);
}

TEST(Facts, a_full_report_removes_what_it_does_not_name) {
  Stage s;
  HostSim control(1, "control");
  control.add("nova-api", Kind::api);
  s.join(control);
  const Uuid api = control.services_[1].id;
  control.services_.pop_back();
  ++control.sequence_;
  s.join(control);
  EXPECT_EQ(s.seen()->find_service(api), nullptr);
  EXPECT_NE(s.seen()->find_service(control.service()), nullptr);
}

TEST(Facts, a_change_on_a_base_that_the_zone_lacks_is_answered_with_send_all) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  compute1.acknowledged_ = 7;  // the zone has 1
  compute1.sequence_ = 8;
  auto report = compute1.changed();
  const auto answer = s.exchange(compute1, report);
  EXPECT_TRUE(answer.send_all);
  EXPECT_EQ(s.service(compute1).state, State::up) << "what is known stays";
}

TEST(Facts, a_repeated_report_is_harmless_and_a_late_one_is_ignored) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  compute1.compute().unit.active_state = "inactive";
  const auto first = compute1.changed();
  s.exchange(compute1, first);
  compute1.compute().unit.active_state = "active";
  const auto second = compute1.changed();
  s.exchange(compute1, second);
  s.exchange(compute1, second);
  EXPECT_EQ(s.service(compute1).state, State::up);

  const auto answer = s.exchange(compute1, first);
  EXPECT_EQ(s.service(compute1).state, State::up) << "the older facts must not come back";
  EXPECT_EQ(answer.acknowledged, second.sequence);
}

TEST(Facts, a_host_is_lost_after_three_missed_syncs_and_keeps_its_facts) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  const WallTime heard = s.now.wall;
  s.pass(Millis{2800});
  s.tick();
  EXPECT_EQ(s.host("compute1")->presence, Presence::up);
  s.pass(Millis{100});
  s.tick();
  ASSERT_EQ(s.host("compute1")->presence, Presence::lost);
  EXPECT_EQ(s.host("compute1")->pulse->last_seen(), heard);
  EXPECT_EQ(s.service(compute1).state, State::unknown);
  EXPECT_EQ(s.service(compute1).facts.unit.active_state, "active") << "the last known facts stay";
  EXPECT_TRUE(s.noted(Note::What::host_lost));

  s.exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(s.host("compute1")->presence, Presence::up);
  EXPECT_EQ(s.service(compute1).state, State::up);
}

TEST(Facts, the_next_tick_is_when_the_first_host_would_be_lost) {
  Stage s;
  HostSim compute1(1, "compute1");
  HostSim compute2(2, "compute2");
  s.join(compute1);
  s.pass(Millis{500});
  s.join(compute2);
  const BootTime next = s.zone.next_tick(s.now);
  EXPECT_EQ(next, s.now.boot - Millis{500} + lost_after(2));
}

TEST(Facts, a_planned_stop_is_told_apart_from_a_loss) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  auto report = compute1.heartbeat();
  report.leaving = true;
  s.exchange(compute1, report);
  EXPECT_EQ(s.host("compute1")->presence, Presence::left);
  EXPECT_EQ(s.service(compute1).state, State::unknown) << "nobody says any more how it is";
  s.pass(Millis{60'000});
  s.tick();
  EXPECT_EQ(s.host("compute1")->presence, Presence::left);
}

TEST(Facts, a_restarted_zone_shows_known_hosts_as_lost_until_they_speak) {
  Stage before;
  HostSim compute1(1, "compute1");
  before.join(compute1);
  Memory memory = before.memory;
  memory.hosts = {before.zone.find(compute1.id_)->record()};

  Stage s(memory, 0xf1);
  ASSERT_NE(s.host("compute1"), nullptr);
  EXPECT_EQ(s.host("compute1")->presence, Presence::lost);
  EXPECT_EQ(s.service(compute1).state, State::unknown);
  EXPECT_EQ(s.service(compute1).facts.unit.active_state, "active");

  const auto answer = s.exchange(compute1, compute1.heartbeat());
  EXPECT_TRUE(answer.send_all) << "the new start of the zone does not know what was acknowledged";
  EXPECT_EQ(s.service(compute1).state, State::unknown) << "heard, but its facts are still those of the disk";
  s.exchange(compute1, compute1.full());
  EXPECT_EQ(s.service(compute1).state, State::up);
}

TEST(Facts, a_renamed_host_keeps_its_services_when_nobody_lives_under_the_old_name) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  s.pass(Millis{10'000});
  s.tick();
  compute1.name_ = "compute7";
  s.join(compute1);
  EXPECT_EQ(s.host("compute1"), nullptr);
  ASSERT_NE(s.host("compute7"), nullptr);
  ASSERT_EQ(s.durable.hosts.size(), 1u);
  EXPECT_EQ(s.durable.hosts.front().name, "compute7");
}

TEST(Facts, a_machine_put_back_to_a_snapshot_is_believed_once_it_goes_on) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  const HostSim snapshot = compute1;
  for (int i = 0; i < 5; ++i) s.exchange(compute1, compute1.changed());

  compute1 = snapshot;  // the same start of the daemon, and everything that it counted
  compute1.compute().unit.active_state = "failed";
  s.exchange(compute1, compute1.changed());
  EXPECT_EQ(s.service(compute1).state, State::up) << "a late message looks just like this";
  compute1.nonces_ = 0x40;
  s.exchange(compute1, compute1.full());
  EXPECT_EQ(s.service(compute1).state, State::down);
  EXPECT_EQ(s.exchange(compute1, compute1.heartbeat()).acknowledged, compute1.sequence_);
}

TEST(Facts, what_the_zone_did_not_listen_to_is_no_silence) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  s.pass(Millis{30'000});
  s.zone.forgive(Millis{29'500}, s.now);
  s.tick();
  EXPECT_EQ(s.host("compute1")->presence, Presence::up);
  s.pass(Millis{2400});
  s.tick();
  EXPECT_EQ(s.host("compute1")->presence, Presence::lost) << "from then on silence counts";
}

TEST(Facts, contents_that_differ_are_noted_once) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  s.exchange(compute1, report);
  report.holds.delta.adds[0].reason = "another";
  report.holds.complete = true;
  HoldSet told(monday);
  told.apply(report.holds.delta);
  report.holds.digest = told.digest();
  s.exchange(compute1, report);
  EXPECT_TRUE(s.noted(Note::What::hold_refused));
  s.exchange(compute1, report);
  EXPECT_FALSE(s.noted(Note::What::hold_refused));
}

TEST(Facts, what_a_newer_host_says_in_unknown_words_is_noted_once_and_acknowledged) {
  Stage s;
  HostSim compute1(1, "compute1");
  auto report = compute1.full();
  report.version = protocol::version + 1;
  report.left_out = {"services[1].kind \"accelerator\""};
  report.left_out_actions = {id(0x77)};
  EXPECT_THAT(s.exchange(compute1, report).acknowledged_actions, testing::ElementsAre(id(0x77)));
  ASSERT_TRUE(s.noted(Note::What::report_shortened));
  EXPECT_EQ(s.service(compute1).state, State::up) << "the rest of it counts";
  s.exchange(compute1, report);
  EXPECT_FALSE(s.noted(Note::What::report_shortened));
}

}  // namespace
}  // namespace nova::zone::stage
