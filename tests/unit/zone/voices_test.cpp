// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

/// Two machines copied with their state: one host id, one name, one certificate.
struct Copied : testing::Test {
  Copied() : original(1, "compute1"), copy(1, "compute1") {
    copy.start();  // its daemon has another incarnation
    s.join(original);
  }
  Result<SyncPlan> plan(const protocol::SyncRequest& report) { return s.zone.plan_sync(report, s.now); }
  /// Both speak once; true where the zone took it.
  std::pair<bool, bool> round() {
    const auto one = [&](HostSim& host) {
      const auto report = host.full();
      auto planned = plan(report);
      if (planned) s.zone.apply(std::move(*planned), s.now, 0);
      s.pass(Millis{400});
      s.tick();
      return planned.has_value();
    };
    const bool first = one(copy);
    return {first, one(original)};
  }

  Stage s;
  HostSim original;
  HostSim copy;
};

TEST_F(Copied, a_restarted_daemon_is_believed_at_once) {
  original.start();
  s.exchange(original, original.full());
  EXPECT_EQ(s.service(original).state, State::up);
}

TEST_F(Copied, a_late_message_of_the_former_start_is_refused_and_harmless) {
  const auto late = original.full();
  s.exchange(copy, copy.full());
  const Error error = s.refusal(late);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.field, "incarnation");
  EXPECT_FALSE(s.host("compute1")->conflict);
  s.exchange(copy, copy.heartbeat());
  for (int repetition = 0; repetition < 5; ++repetition) {
    s.refusal(late);
    s.exchange(copy, copy.heartbeat());
  }
  EXPECT_FALSE(s.host("compute1")->conflict) << "one message repeated is not a machine";
}

TEST_F(Copied, two_machines_that_take_turns_are_both_refused_and_named) {
  for (int i = 0; i < Voices::turns; ++i) round();
  EXPECT_EQ(round(), std::pair(false, false));
  const auto notes = s.zone.take_notes();
  ASSERT_EQ(notes.size(), 1u) << "once, however long it goes on";
  EXPECT_EQ(notes[0].what, Note::What::host_conflict);
  EXPECT_THAT(notes[0].text, testing::HasSubstr("m-compute1"));
  const Error error = s.refusal(copy.full());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_THAT(error.message, testing::HasSubstr(to_string(original.incarnation_)));
  EXPECT_THAT(error.message, testing::HasSubstr(to_string(copy.incarnation_)));
  ASSERT_TRUE(s.host("compute1")->conflict);
  EXPECT_THAT(*s.host("compute1")->conflict, testing::HasSubstr("m-compute1"));
  for (int i = 0; i < 5; ++i) round();
  EXPECT_EQ(s.service(original).state, State::unknown) << "nobody knows which of the two is meant";
}

TEST_F(Copied, when_one_of_them_is_silent_the_other_is_believed_again) {
  for (int i = 0; i <= Voices::turns; ++i) round();
  s.pass(Voices::silence * lost_after(1) / 2);
  EXPECT_EQ(s.refusal(original.full()).code, Errc::conflict);
  s.pass(Voices::silence * lost_after(1) / 2 + Millis{500});
  s.exchange(original, original.full());
  EXPECT_EQ(s.service(original).state, State::up);
  EXPECT_FALSE(s.host("compute1")->conflict);
}

TEST_F(Copied, a_former_start_may_come_back_when_its_successor_is_gone) {
  s.exchange(copy, copy.full());
  s.pass(lost_after(1) + Millis{10});
  s.tick();
  s.exchange(original, original.full());
  EXPECT_EQ(s.service(original).state, State::up);
}

}  // namespace
}  // namespace nova::zone::stage
