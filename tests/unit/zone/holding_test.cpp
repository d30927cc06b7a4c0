// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

struct Holding : testing::Test {
  Holding() : compute1(1, "compute1") { s.join(compute1); }
  /// The host syncs, as after a ring of its doorbell, until it has nothing more to say.
  void settle() {
    s.exchange(compute1, compute1.heartbeat());
    s.exchange(compute1, compute1.heartbeat());
  }
  const Action* waiting(const Action& action) { return s.zone.unfinished(action.id); }

  Stage s;
  HostSim compute1;
};

TEST_F(Holding, a_pause_reaches_its_host_and_succeeds_when_the_host_has_it) {
  auto request = s.ask(Verb::pause, compute1);
  request.reason = "disk swap";
  const auto action = s.act(request);
  ASSERT_TRUE(action);
  EXPECT_EQ(action->outcome, Outcome::accepted);
  EXPECT_TRUE(action->changed);
  ASSERT_EQ(s.durable.holds.size(), 1u);
  EXPECT_EQ(s.durable.holds[0].delta.adds[0].actor, "alice");
  EXPECT_THAT(s.effect.ring, testing::ElementsAre(compute1.id_));
  EXPECT_TRUE(s.service(compute1).pause.paused) << "unconfigured enforcements are not waited for";

  const auto answer = s.exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(answer.holds.delta.adds.size(), 1u);
  EXPECT_FALSE(answer.send_all_holds);
  EXPECT_NE(waiting(*action), nullptr) << "told is not yet acknowledged";

  s.exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(waiting(*action), nullptr);
  ASSERT_EQ(s.effect.unsaved.size(), 1u);
  EXPECT_EQ(s.effect.unsaved[0].action.outcome, Outcome::succeeded);
  EXPECT_THAT(s.effect.finished, testing::ElementsAre(action->id));
  EXPECT_TRUE(s.durable.empty()) << "the acknowledgement comes about again, it is not worth an fsync";
}

TEST_F(Holding, the_same_pause_again_changes_nothing_and_is_done_at_once) {
  s.act(s.ask(Verb::pause, compute1));
  settle();
  const auto again = s.act(s.ask(Verb::pause, compute1));
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->outcome, Outcome::succeeded);
  EXPECT_THAT(s.effect.ring, testing::IsEmpty());
  ASSERT_EQ(s.durable.actions.size(), 1u) << "it is in the history";
  EXPECT_TRUE(s.durable.holds.empty());
}

TEST_F(Holding, the_same_pause_again_before_the_host_has_it_waits_for_the_host) {
  s.act(s.ask(Verb::pause, compute1));
  const auto again = s.act(s.ask(Verb::pause, compute1));
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->outcome, Outcome::accepted);
  settle();
  EXPECT_EQ(waiting(*again), nullptr);
}

TEST_F(Holding, another_reason_replaces_the_hold_and_keeps_since) {
  s.act(s.ask(Verb::pause, compute1));
  settle();
  const WallTime since = s.service(compute1).holds[0].since;
  s.pass(Millis{60'000});
  auto request = s.ask(Verb::pause, compute1);
  request.reason = "memory swap";
  EXPECT_TRUE(s.act(request)->changed);
  settle();
  ASSERT_EQ(s.service(compute1).holds.size(), 1u);
  EXPECT_EQ(s.service(compute1).holds[0].since, since);
  EXPECT_EQ(s.service(compute1).holds[0].reason, "memory swap");
  EXPECT_EQ(compute1.holds_.digest(), s.zone.find(compute1.id_)->holds.holds().digest());
}

TEST_F(Holding, a_pause_of_a_lost_host_waits_for_it) {
  s.pass(Millis{60'000});
  s.tick();
  const auto action = s.act(s.ask(Verb::pause, compute1));
  ASSERT_TRUE(action);
  EXPECT_THAT(action->message, testing::HasSubstr("lost"));
  EXPECT_TRUE(s.service(compute1).pause.held);
  settle();
  EXPECT_EQ(compute1.holds_.active(compute1.service()).size(), 1u);
  EXPECT_EQ(waiting(*action), nullptr);
}

TEST_F(Holding, resume_releases_ones_own_and_says_what_still_holds) {
  s.act(s.ask(Verb::pause, compute1, "alice"));
  s.act(s.ask(Verb::pause, compute1, "carol"));
  settle();
  const auto resumed = s.act(s.ask(Verb::resume, compute1, "alice"));
  EXPECT_TRUE(resumed->changed);
  EXPECT_THAT(resumed->message, testing::HasSubstr("still held by carol"));
  settle();
  EXPECT_TRUE(s.service(compute1).pause.held);
  EXPECT_EQ(waiting(*resumed), nullptr);

  const auto refused = s.act(s.ask(Verb::resume, compute1, "alice"));
  EXPECT_EQ(refused.error().code, Errc::held_by_others);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("carol"));
}

TEST_F(Holding, an_override_is_said) {
  s.act(s.ask(Verb::pause, compute1, "carol"));
  settle();
  auto request = s.ask(Verb::resume, compute1, "root");
  request.all = request.caller.may_override = true;
  const auto resumed = s.act(request);
  EXPECT_TRUE(resumed->used_override);
  EXPECT_TRUE(s.noted(Note::What::override_used));
  EXPECT_FALSE(s.service(compute1).pause.held);
}

TEST_F(Holding, resume_of_what_nobody_holds_is_done_at_once) {
  const auto resumed = s.act(s.ask(Verb::resume, compute1));
  ASSERT_TRUE(resumed);
  EXPECT_FALSE(resumed->changed);
}

TEST_F(Holding, resume_starts_nothing_and_says_so) {
  compute1.compute().unit.active_state = "inactive";
  s.exchange(compute1, compute1.changed());
  s.act(s.ask(Verb::pause, compute1));
  settle();
  const auto resumed = s.act(s.ask(Verb::resume, compute1));
  EXPECT_THAT(resumed->message, testing::HasSubstr("starts nothing"));
  EXPECT_TRUE(s.durable.commands.empty());
}

TEST_F(Holding, resume_thaws_when_no_hold_remains_and_the_caller_may_start) {
  s.act(s.ask(Verb::pause, compute1));
  compute1.compute().unit.freezer_state = "frozen";
  s.exchange(compute1, compute1.changed());
  settle();
  auto request = s.ask(Verb::resume, compute1);
  request.may_start = true;
  const auto resumed = s.act(request);
  ASSERT_EQ(s.durable.commands.size(), 1u);
  EXPECT_TRUE(s.durable.commands[0].command.thaw);
  const auto answer = s.exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(answer.commands.size(), 1u);
  EXPECT_EQ(answer.commands[0].verb, Verb::resume);
  s.exchange(compute1, compute1.heartbeat());
  EXPECT_NE(waiting(*resumed), nullptr) << "it ends with the thaw, not with the release";
}

TEST_F(Holding, without_the_right_to_start_the_unit_stays_suspended_and_that_is_said) {
  s.act(s.ask(Verb::pause, compute1));
  compute1.compute().unit.freezer_state = "frozen";
  s.exchange(compute1, compute1.changed());
  const auto resumed = s.act(s.ask(Verb::resume, compute1));
  EXPECT_TRUE(s.durable.commands.empty());
  EXPECT_THAT(resumed->message, testing::HasSubstr("stays suspended"));
}

TEST_F(Holding, until_ends_a_hold_by_itself_and_the_host_is_told) {
  auto request = s.ask(Verb::pause, compute1);
  request.until = s.now.wall + std::chrono::hours{1};
  s.act(request);
  settle();
  s.pass(std::chrono::hours{1} - Millis{1});
  s.exchange(compute1, compute1.heartbeat());
  s.tick();
  EXPECT_TRUE(s.service(compute1).pause.held);
  EXPECT_EQ(s.zone.next_tick(s.now), s.now.boot + Millis{1});
  s.pass(Millis{1});
  s.tick();
  ASSERT_EQ(s.durable.holds.size(), 1u);
  EXPECT_EQ(s.durable.holds[0].delta.releases[0].message, "until passed");
  EXPECT_FALSE(s.service(compute1).pause.held);
  EXPECT_THAT(s.effect.ring, testing::ElementsAre(compute1.id_));
  settle();
  EXPECT_EQ(compute1.holds_.digest(), s.zone.find(compute1.id_)->holds.holds().digest());
}

TEST_F(Holding, until_waits_while_the_clock_is_not_synchronised) {
  auto request = s.ask(Verb::pause, compute1);
  request.until = s.now.wall + std::chrono::hours{1};
  s.act(request);
  settle();
  s.now.synchronised = false;
  s.pass(std::chrono::hours{2});
  s.tick();
  EXPECT_TRUE(s.service(compute1).pause.held);
  EXPECT_LE(s.zone.next_tick(s.now), s.now.boot + Millis{1000}) << "it is asked again soon";
  s.now.synchronised = true;
  s.tick();
  EXPECT_FALSE(s.service(compute1).pause.held);
}

TEST_F(Holding, a_hosts_own_pause_is_shown_and_durable) {
  auto report = compute1.heartbeat();
  compute1.holds_.apply({.adds = {compute1.hold(1, monday)}});
  report.holds = {.digest = compute1.holds_.digest(), .delta = {.adds = {compute1.hold(1, monday)}}};
  const auto answer = s.exchange(compute1, report);
  EXPECT_EQ(s.durable.holds.size(), 1u);
  EXPECT_TRUE(answer.holds.delta.empty()) << "it need not be told what it has said";
  EXPECT_FALSE(answer.send_all_holds);
  EXPECT_EQ(s.service(compute1).holds[0].owner, "bob");
}

TEST_F(Holding, a_hold_older_than_the_retention_is_shown_and_not_believed) {
  const auto old = compute1.hold(1, monday - std::chrono::days{91});
  compute1.holds_.apply({.adds = {old}});
  const auto report = compute1.all_holds();
  s.exchange(compute1, report);
  EXPECT_FALSE(s.service(compute1).pause.held);
  EXPECT_THAT(s.service(compute1).stale_holds, testing::ElementsAre(old));
  EXPECT_TRUE(s.noted(Note::What::hold_stale));
  s.exchange(compute1, report);
  EXPECT_FALSE(s.noted(Note::What::hold_stale)) << "said once";
}

TEST_F(Holding, a_pause_outlives_a_restart_of_the_zone_and_its_action_ends) {
  const auto action = s.act(s.ask(Verb::pause, compute1));
  Memory memory = s.memory;
  memory.hosts = {s.zone.find(compute1.id_)->record()};
  memory.holds[compute1.id_] = s.zone.find(compute1.id_)->holds.holds().everything();
  memory.unfinished = {{compute1.id_, *action}};
  Stage after(memory, 0xf1);
  EXPECT_TRUE(after.service(compute1).pause.held);
  after.join(compute1);
  EXPECT_TRUE(after.effect.finished.empty()) << "told is not yet acknowledged";
  after.exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(after.effect.unsaved.size(), 1u);
  EXPECT_EQ(after.effect.unsaved[0].action.outcome, Outcome::succeeded);
}

TEST_F(Holding, repeating_a_pause_of_a_lost_host_makes_one_record) {
  s.pass(Millis{60'000});
  s.tick();
  const auto first = s.act(s.ask(Verb::pause, compute1));
  for (int i = 0; i < 50; ++i) {
    const auto again = s.act(s.ask(Verb::pause, compute1));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, first->id) << "the one that waits for the host is the one to follow";
    EXPECT_EQ(again->outcome, Outcome::accepted) << "the host has yet to hear of it";
    EXPECT_FALSE(again->changed);
    EXPECT_TRUE(s.durable.empty());
  }
  EXPECT_EQ(s.zone.find(compute1.id_)->pending.size(), 1u);
  EXPECT_TRUE(waiting(*first)->changed) << "the record stays the first one's";
  settle();
  EXPECT_EQ(waiting(*first), nullptr);
}

TEST_F(Holding, repeating_a_resume_of_a_lost_host_makes_one_record) {
  s.act(s.ask(Verb::pause, compute1));
  settle();
  s.pass(Millis{60'000});
  s.tick();
  const auto first = s.act(s.ask(Verb::resume, compute1));
  ASSERT_EQ(first->outcome, Outcome::accepted);
  const auto again = s.act(s.ask(Verb::resume, compute1));
  EXPECT_EQ(again->id, first->id);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(s.zone.find(compute1.id_)->pending.size(), 1u);
}

TEST_F(Holding, resume_of_what_nobody_holds_is_done_at_once_on_a_host_not_heard_since_the_start) {
  Memory memory = s.memory;
  memory.hosts = {s.zone.find(compute1.id_)->record()};
  Stage after(memory, 0xf1);
  EXPECT_EQ(after.act(after.ask(Verb::resume, compute1))->outcome, Outcome::succeeded);
}

TEST_F(Holding, what_waits_for_one_host_is_bounded) {
  s.pass(Millis{60'000});
  s.tick();
  for (int i = 0; i < 1000; ++i) {
    auto request = s.ask(Verb::pause, compute1);
    request.reason = "reason " + std::to_string(i);
    auto plan = s.zone.plan_act(request, random_uuid(), random_uuid(), s.now);
    ASSERT_TRUE(plan) << i << ": " << plan.error().message;
    s.zone.apply(std::move(*plan), s.now);
  }
  EXPECT_EQ(s.act(s.ask(Verb::pause, compute1)).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace nova::zone::stage
