// SPDX-License-Identifier: Apache-2.0
// What a person or a unit of a host is called: the same in the REST API's sentences, its faults and the
// zone's journal as in its fields, which have the host's name before it.
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

using testing::HasSubstr;

struct Names : testing::Test {
  Names() : compute1(1, "compute1") { s.join(compute1); }

  /// What the host tells when novahost-pause@ was started there, and bob paused on its bus.
  void hold_at_the_host() {
    Hold by_unit = compute1.hold(1, monday);
    by_unit.owner = unit_owner;
    by_unit.actor = "systemd";
    by_unit.door = Door::unit;
    auto report = compute1.heartbeat();
    report.holds.delta.adds = {by_unit, compute1.hold(2, monday + Millis{1})};
    s.exchange(compute1, report);
  }
  std::string noted(Note::What what) const {
    std::string all;
    for (const Note& note : s.effect.notes)
      if (note.what == what) all += note.text + "\n";
    return all;
  }

  const std::string both =
      "unit (compute1/systemd) since 2026-11-23T06:00:00.000Z: disk swap; "
      "compute1/bob since 2026-11-23T06:00:00.001Z: disk swap";
  Stage s;
  HostSim compute1;
};

TEST_F(Names, in_the_message_of_a_resume) {
  hold_at_the_host();
  s.act(s.ask(Verb::pause, compute1, "bob"));
  const auto resumed = s.act(s.ask(Verb::resume, compute1, "bob"));
  ASSERT_TRUE(resumed);
  EXPECT_THAT(resumed->message, HasSubstr("still held by " + both)) << "bob of the host is another bob";
}

TEST_F(Names, in_a_conflict) {
  hold_at_the_host();
  const auto refused = s.zone.plan_act(s.ask(Verb::resume, compute1), id(0xac), id(0xad), s.now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("held by " + both));
}

TEST_F(Names, in_the_zones_journal) {
  hold_at_the_host();
  EXPECT_THAT(noted(Note::What::hold_added), HasSubstr("held by unit (compute1/systemd) since"));
  EXPECT_THAT(noted(Note::What::hold_added), HasSubstr("held by compute1/bob since"));

  s.pass(Millis{1000});
  auto report = compute1.heartbeat();
  report.holds.delta.releases = {{.hold = id(0xa0, 2), .actor = "bob", .at = s.now.wall, .door = Door::bus}};
  report.actions = {{.id = id(0x55),
                     .service = compute1.service(),
                     .verb = Verb::resume,
                     .actor = "bob",
                     .door = Door::bus,
                     .requested = s.now.wall,
                     .outcome = Outcome::succeeded}};
  s.exchange(compute1, report);
  EXPECT_THAT(noted(Note::What::hold_released), HasSubstr("released by compute1/bob (door bus)"));
  EXPECT_THAT(noted(Note::What::action_ended), HasSubstr("resume by compute1/bob: succeeded"));
}

TEST_F(Names, of_the_zones_own_people_are_plain) {
  s.act(s.ask(Verb::pause, compute1, "bob"));
  const auto refused = s.zone.plan_act(s.ask(Verb::resume, compute1, "carol"), id(0xac), id(0xad), s.now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("held by bob since"));
}

}  // namespace
}  // namespace nova::zone::stage
