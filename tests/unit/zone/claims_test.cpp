// SPDX-License-Identifier: Apache-2.0
// Whose name and id a host may claim, and whose actions.
#include "tests/unit/zone/claims.hpp"

namespace nova::zone::stage {
namespace {

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

}  // namespace
}  // namespace nova::zone::stage
