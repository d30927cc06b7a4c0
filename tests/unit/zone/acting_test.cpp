// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

struct Acting : testing::Test {
  Acting() : compute1(1, "compute1") { s.join(compute1); }

  Action result_of(const Action& asked, Outcome outcome, const std::string& message = "done") {
    Action result = asked;
    result.outcome = outcome;
    result.message = message;
    result.finished = s.now.wall;
    result.actor = "somebody else";  // the zone's own record of who asked stays
    return result;
  }
  protocol::SyncRequest with(const Action& result) {
    auto report = compute1.heartbeat();
    report.actions = {result};
    return report;
  }

  Stage s;
  HostSim compute1;
};

TEST_F(Acting, a_command_is_accepted_fetched_and_ends_with_the_hosts_word) {
  const auto asked = s.act(s.ask(Verb::restart, compute1));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->outcome, Outcome::accepted);
  ASSERT_EQ(s.durable.commands.size(), 1u);
  EXPECT_THAT(s.effect.ring, testing::ElementsAre(compute1.id_));

  s.pass(Millis{2000});
  const auto answer = s.exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(answer.commands.size(), 1u);
  EXPECT_EQ(answer.commands[0].id, asked->id);
  EXPECT_EQ(answer.commands[0].remaining, default_command_time - Millis{2000});
  ASSERT_EQ(s.durable.actions.size(), 1u) << "that it may run is durable before it is handed out";
  EXPECT_EQ(s.durable.actions[0].action.outcome, Outcome::running);

  const auto end = s.exchange(compute1, with(result_of(*asked, Outcome::succeeded)));
  EXPECT_THAT(end.acknowledged_actions, testing::ElementsAre(asked->id));
  ASSERT_EQ(s.durable.actions.size(), 1u);
  EXPECT_EQ(s.durable.actions[0].action.outcome, Outcome::succeeded);
  EXPECT_EQ(s.durable.actions[0].action.actor, "alice");
  EXPECT_THAT(s.durable.ended_commands, testing::ElementsAre(asked->id));
  EXPECT_THAT(s.effect.finished, testing::ElementsAre(asked->id));
  EXPECT_EQ(s.zone.unfinished(asked->id), nullptr);
  EXPECT_TRUE(end.commands.empty());
}

TEST_F(Acting, a_command_is_handed_out_again_until_the_host_has_acted_on_it) {
  const auto asked = s.act(s.ask(Verb::stop, compute1));
  const std::uint64_t before = compute1.revision_;
  s.exchange(compute1, compute1.heartbeat());
  compute1.revision_ = before;  // that answer was lost
  EXPECT_EQ(s.exchange(compute1, compute1.heartbeat()).commands.size(), 1u);
  EXPECT_TRUE(s.durable.empty()) << "it is marked already";
  EXPECT_TRUE(s.exchange(compute1, compute1.heartbeat()).commands.empty());
  EXPECT_NE(s.zone.unfinished(asked->id), nullptr);
}

TEST_F(Acting, a_begun_result_is_not_acknowledged) {
  const auto asked = s.act(s.ask(Verb::stop, compute1));
  s.exchange(compute1, compute1.heartbeat());
  const auto answer = s.exchange(compute1, with(result_of(*asked, Outcome::running)));
  EXPECT_TRUE(answer.acknowledged_actions.empty());
  EXPECT_NE(s.zone.unfinished(asked->id), nullptr);
}

TEST_F(Acting, never_fetched_it_expires_at_its_deadline) {
  auto request = s.ask(Verb::start, compute1);
  request.deadline = Millis{5000};
  const auto asked = s.act(request);
  s.pass(Millis{5000});
  s.tick();
  ASSERT_EQ(s.durable.actions.size(), 1u);
  EXPECT_EQ(s.durable.actions[0].action.outcome, Outcome::expired);
  EXPECT_THAT(s.effect.finished, testing::ElementsAre(asked->id));
  EXPECT_TRUE(s.exchange(compute1, compute1.heartbeat()).commands.empty());
}

TEST_F(Acting, the_deadline_is_a_reason_to_wake_up) {
  s.exchange(compute1, compute1.heartbeat());
  auto request = s.ask(Verb::start, compute1);
  request.deadline = Millis{700};
  s.act(request);
  EXPECT_EQ(s.zone.next_tick(s.now), s.now.boot + Millis{700});
}

TEST_F(Acting, fetched_and_never_answered_it_is_indeterminate_and_a_late_word_counts) {
  auto request = s.ask(Verb::start, compute1);
  request.deadline = Millis{5000};
  const auto asked = s.act(request);
  s.exchange(compute1, compute1.heartbeat());
  s.pass(Millis{5000});
  s.tick();
  EXPECT_TRUE(s.durable.actions.empty()) << "systemd's job may still run";
  s.pass(Zone::result_grace);
  s.tick();
  ASSERT_EQ(s.durable.actions.size(), 1u);
  const ActionRecord given_up = s.durable.actions[0];
  EXPECT_EQ(given_up.action.outcome, Outcome::indeterminate);

  const auto late = with(result_of(*asked, Outcome::failed, "job timed out"));
  EXPECT_THAT(s.zone.unknown_actions(late), testing::ElementsAre(asked->id));
  const auto answer = s.exchange(compute1, late, {given_up});
  EXPECT_THAT(answer.acknowledged_actions, testing::ElementsAre(asked->id));
  ASSERT_EQ(s.durable.actions.size(), 1u);
  EXPECT_EQ(s.durable.actions[0].action.outcome, Outcome::failed);
}

TEST_F(Acting, a_repeated_result_is_acknowledged_and_changes_nothing) {
  const auto asked = s.act(s.ask(Verb::stop, compute1));
  s.exchange(compute1, compute1.heartbeat());
  s.exchange(compute1, with(result_of(*asked, Outcome::succeeded)));
  const ActionRecord stored = s.durable.actions[0];
  const auto answer = s.exchange(compute1, with(result_of(*asked, Outcome::failed)), {stored});
  EXPECT_THAT(answer.acknowledged_actions, testing::ElementsAre(asked->id));
  EXPECT_TRUE(s.durable.empty());
}

TEST_F(Acting, a_lost_host_is_refused_at_once) {
  s.pass(Millis{60'000});
  s.tick();
  for (Verb verb : {Verb::start, Verb::stop, Verb::restart, Verb::suspend}) {
    const auto asked = s.act(s.ask(verb, compute1));
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, Errc::host_lost);
    EXPECT_THAT(asked.error().message, testing::HasSubstr("compute1 is lost since 2026-11-23T06:00:00.000Z"));
  }
}

TEST_F(Acting, what_does_not_fit_names_what_does) {
  HostSim control(2, "control");
  control.services_.clear();
  control.add("nova-api", Kind::api);
  s.join(control);
  const auto asked = s.act(s.ask(Verb::pause, control));
  EXPECT_EQ(asked.error().code, Errc::not_supported);
  EXPECT_THAT(asked.error().message, testing::HasSubstr("start, stop, restart, suspend"));
}

TEST_F(Acting, an_unknown_service_is_said_to_be_unknown) {
  auto request = s.ask(Verb::stop, compute1);
  request.service = id(0x77);
  EXPECT_EQ(s.act(request).error().code, Errc::no_such_service);
}

TEST_F(Acting, the_line_before_one_host_is_bounded) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(s.act(s.ask(Verb::start, compute1)));
  EXPECT_EQ(s.act(s.ask(Verb::start, compute1)).error().code, Errc::unavailable);
}

TEST_F(Acting, after_a_restart_of_the_zone_an_unfetched_command_is_still_handed_out_in_time) {
  const auto asked = s.act(s.ask(Verb::restart, compute1));
  Memory memory = s.memory;
  memory.hosts = {s.zone.find(compute1.id_)->record()};
  memory.unfinished = {{compute1.id_, *asked}};
  memory.commands = s.durable.commands;
  Stage after(memory, 0xf1);
  const auto answer = after.exchange(compute1, compute1.full());
  ASSERT_EQ(answer.commands.size(), 1u);
  EXPECT_EQ(answer.commands[0].id, asked->id);
}

TEST_F(Acting, after_a_reboot_of_the_zone_an_unfetched_command_expires) {
  const auto asked = s.act(s.ask(Verb::restart, compute1));
  Memory memory = s.memory;
  memory.hosts = {s.zone.find(compute1.id_)->record()};
  memory.unfinished = {{compute1.id_, *asked}};
  memory.commands = s.durable.commands;
  memory.commands[0].this_boot = false;
  Stage after(memory, 0xf1);
  after.tick();
  ASSERT_EQ(after.durable.actions.size(), 1u);
  EXPECT_EQ(after.durable.actions[0].action.outcome, Outcome::expired);
}

TEST_F(Acting, a_removed_host_takes_its_services_names_and_commands_with_it) {
  const auto asked = s.act(s.ask(Verb::restart, compute1));
  auto plan = s.zone.plan_removal(compute1.id_, {.actor = "root", .door = Door::rest}, s.now);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->durable.removed_hosts, testing::ElementsAre(compute1.id_));
  const auto effect = s.zone.apply(std::move(*plan));
  EXPECT_THAT(effect.finished, testing::ElementsAre(asked->id));
  EXPECT_EQ(s.host("compute1"), nullptr);
  EXPECT_EQ(s.seen()->find_service(compute1.service()), nullptr);
  EXPECT_EQ(s.zone.next_tick(s.now), s.now.boot + std::chrono::minutes{1});

  HostSim replacement(9, "compute1");
  s.join(replacement);
  EXPECT_EQ(s.host("compute1")->id, replacement.id_) << "the name is free again";
}

}  // namespace
}  // namespace nova::zone::stage
