// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_writer/desk.hpp"

namespace nova::writer {
namespace {

using Writing = Desk;

TEST_F(Writing, a_zone_without_hosts_has_a_snapshot) {
  ASSERT_NE(writer->snapshot(), nullptr);
  EXPECT_EQ(writer->snapshot()->zone_name, "south");
}

TEST_F(Writing, a_pause_is_durable_and_visible_at_return) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  ASSERT_TRUE(action) << action.error().message;
  EXPECT_EQ((*store.action(action->id))->action, *action);
  const auto snapshot = writer->snapshot();
  EXPECT_TRUE(snapshot->find_service(compute1.service())->pause.held);
}

TEST_F(Writing, a_heartbeat_writes_nothing) {
  exchange(compute1, compute1.full());
  const int before = store.writes();
  for (int i = 0; i < 10; ++i) exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(store.writes(), before);
}

TEST_F(Writing, a_full_disk_refuses_a_pause_and_keeps_everything_as_it_was) {
  exchange(compute1, compute1.full());
  seen();
  store.set_full(true);
  const auto before = writer->snapshot();
  const auto action = writer->act(ask(Verb::pause, compute1));
  ASSERT_FALSE(action);
  EXPECT_EQ(action.error().code, Errc::storage_failed);
  EXPECT_EQ(seen(), before);
  EXPECT_TRUE(noted(zone::Note::What::store_failed));
  EXPECT_TRUE(exchange(compute1, compute1.heartbeat()).holds.delta.empty());

  store.set_full(false);
  EXPECT_TRUE(writer->act(ask(Verb::pause, compute1))) << "with room again it goes on";
}

TEST_F(Writing, a_full_disk_acknowledges_no_hold_of_a_host) {
  exchange(compute1, compute1.full());
  store.set_full(true);
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  const auto answer = writer->sync(report);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::storage_failed);
  EXPECT_FALSE(service(compute1).pause.held);
}

TEST_F(Writing, a_full_disk_makes_no_live_host_look_lost) {
  exchange(compute1, compute1.full());
  store.set_full(true);
  for (int i = 0; i < 6; ++i) {
    pass(Millis{1000});
    compute1.compute().unit.restarts = std::uint32_t(i);
    auto report = compute1.changed();
    report.holds.delta.adds = {compute1.hold(1, monday)};
    EXPECT_EQ(writer->sync(report).error().code, Errc::storage_failed);
  }
  EXPECT_EQ(service(compute1).state, State::up);
  EXPECT_EQ(service(compute1).facts.unit.restarts, 5u);
  EXPECT_FALSE(service(compute1).pause.held);
  HostSim compute2(2, "compute2");
  EXPECT_FALSE(writer->sync(compute2.full()));
  EXPECT_EQ(seen()->find_host("compute2"), nullptr) << "a new host waits until it can be kept";

  store.set_full(false);
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, monday)};
  exchange(compute1, report);
  EXPECT_TRUE(service(compute1).pause.held);
}

TEST_F(Writing, a_doorbell_rings_when_there_is_news_and_once_only) {
  const auto answer = exchange(compute1, compute1.full());
  int rings = 0;
  writer->doorbell(compute1.id_, answer.revision, [&] { ++rings; });
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(rings, 0);
  writer->act(ask(Verb::pause, compute1));
  EXPECT_EQ(rings, 1);
  writer->act(ask(Verb::stop, compute1));
  EXPECT_EQ(rings, 1);
}

TEST_F(Writing, a_doorbell_that_missed_something_rings_at_once) {
  const auto answer = exchange(compute1, compute1.full());
  writer->act(ask(Verb::pause, compute1));
  int rings = 0;
  writer->doorbell(compute1.id_, answer.revision, [&] { ++rings; });
  EXPECT_EQ(rings, 1);
}

TEST_F(Writing, a_doorbell_from_before_a_restart_of_the_zone_rings_at_once) {
  exchange(compute1, compute1.full());
  for (int i = 0; i < 3; ++i) writer->act(ask(Verb::stop, compute1));
  const auto revision = exchange(compute1, compute1.heartbeat()).revision;
  start();
  int rings = 0;
  writer->doorbell(compute1.id_, revision, [&] { ++rings; });
  EXPECT_EQ(rings, 1);
}

TEST_F(Writing, a_new_doorbell_of_a_host_rings_its_previous_one) {
  const auto answer = exchange(compute1, compute1.full());
  int first = 0;
  int second = 0;
  writer->doorbell(compute1.id_, answer.revision, [&] { ++first; });
  writer->doorbell(compute1.id_, answer.revision, [&] { ++second; });
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  writer->drain();
  EXPECT_EQ(second, 1);
}

TEST_F(Writing, an_end_is_told_to_whoever_waits_for_it) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  int ends = 0;
  writer->when_final(action->id, [&] {
    ++ends;
    EXPECT_EQ(writer->action(action->id)->outcome, Outcome::succeeded) << "and it is there to be read";
  });
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(ends, 0);
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(ends, 1);
  writer->when_final(action->id, [&] { ++ends; });
  EXPECT_EQ(ends, 2) << "it is final already";
}

TEST_F(Writing, an_end_that_is_not_saved_yet_shows_in_the_history_too) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  exchange(compute1, compute1.heartbeat());
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ((*store.action(action->id))->action.outcome, Outcome::accepted) << "the case needs it unsaved";
  const auto history = writer->actions(compute1.service(), 10, {});
  ASSERT_EQ(history->size(), 1u);
  EXPECT_EQ(history->front().outcome, Outcome::succeeded);
}

TEST_F(Writing, an_end_that_is_saved_while_the_history_is_read_shows) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  exchange(compute1, compute1.heartbeat());
  exchange(compute1, compute1.heartbeat());
  const auto save = [this] {
    pass(Millis{2000});
    writer->run();
  };
  const auto unsaved = [&] { return (*store.action(action->id))->action.outcome == Outcome::accepted; };
  ASSERT_TRUE(unsaved());
  store.after_read(save);
  EXPECT_EQ(writer->actions(compute1.service(), 10, {})->front().outcome, Outcome::succeeded);
  EXPECT_FALSE(unsaved());
}

TEST_F(Writing, an_end_that_is_saved_while_the_record_is_read_shows) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  exchange(compute1, compute1.heartbeat());
  exchange(compute1, compute1.heartbeat());
  store.after_read([this] {
    pass(Millis{2000});
    writer->run();
  });
  EXPECT_EQ(writer->action(action->id)->outcome, Outcome::succeeded);
}

TEST_F(Writing, a_command_runs_through) {
  exchange(compute1, compute1.full());
  const auto asked = writer->act(ask(Verb::restart, compute1));
  EXPECT_EQ(writer->action(asked->id)->outcome, Outcome::accepted);
  const auto answer = exchange(compute1, compute1.heartbeat());
  ASSERT_EQ(answer.commands.size(), 1u);
  EXPECT_EQ(writer->action(asked->id)->outcome, Outcome::running);
  EXPECT_EQ((*store.action(asked->id))->action.outcome, Outcome::running)
      << "durable before it was handed out";
  auto report = compute1.heartbeat();
  report.actions = {*asked};
  report.actions[0].outcome = Outcome::succeeded;
  exchange(compute1, report);
  EXPECT_EQ(writer->action(asked->id)->outcome, Outcome::succeeded);
  exchange(compute1, report);  // its acknowledgement was lost
  EXPECT_EQ(writer->actions(compute1.service(), 10, {})->size(), 1u);
}

TEST_F(Writing, an_unknown_action_is_said_to_be_unknown) {
  EXPECT_EQ(writer->action(id(0x99)).error().code, Errc::no_such_action);
}

TEST_F(Writing, a_refused_report_is_noted) {
  auto report = compute1.full();
  report.name = "";
  EXPECT_FALSE(writer->sync(report));
  EXPECT_TRUE(noted(zone::Note::What::report_refused));
  notes.clear();
  EXPECT_FALSE(writer->sync(report));
  EXPECT_FALSE(noted(zone::Note::What::report_refused)) << "it will ask again for ever";
  exchange(compute1, compute1.full());
  EXPECT_FALSE(writer->sync(report));
  EXPECT_TRUE(noted(zone::Note::What::report_refused));
}

TEST_F(Writing, a_restart_keeps_hosts_holds_and_what_was_asked) {
  exchange(compute1, compute1.full());
  const auto paused = writer->act(ask(Verb::pause, compute1));
  const auto asked = writer->act(ask(Verb::stop, compute1));
  start();
  EXPECT_EQ(service(compute1).state, State::unknown);
  EXPECT_TRUE(service(compute1).pause.held);
  const auto answer = exchange(compute1, compute1.full());
  ASSERT_EQ(answer.commands.size(), 1u);
  EXPECT_EQ(answer.commands[0].id, asked->id);
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(writer->action(paused->id)->outcome, Outcome::succeeded);
}

TEST_F(Writing, a_removed_host_is_gone_from_the_store_too) {
  exchange(compute1, compute1.full());
  ASSERT_TRUE(writer->remove_host(compute1.id_, {.actor = "root", .door = Door::rest, .may_override = true}));
  EXPECT_EQ(writer->snapshot()->find_host("compute1"), nullptr);
  EXPECT_EQ(writer->remove_host(compute1.id_, {}).error().code, Errc::no_such_host);
  start();
  EXPECT_EQ(writer->snapshot()->find_host("compute1"), nullptr);
}

TEST_F(Writing, after_draining_nobody_waits) {
  const auto answer = exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  int calls = 0;
  writer->when_final(action->id, [&] { ++calls; });
  writer->drain();
  EXPECT_EQ(calls, 1);
  writer->when_final(action->id, [&] { ++calls; });
  writer->doorbell(compute1.id_, answer.revision + 1, [&] { ++calls; });
  EXPECT_EQ(calls, 3);
}

TEST_F(Writing, who_waits_for_one_end_stands_in_a_bounded_line) {
  exchange(compute1, compute1.full());
  const auto action = writer->act(ask(Verb::pause, compute1));
  int called = 0;
  for (int i = 0; i < 1000; ++i) writer->when_final(action->id, [&] { ++called; });
  EXPECT_EQ(called, 1000 - 64) << "they look and come again";
  exchange(compute1, compute1.heartbeat());
  exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(called, 1000);
}

TEST_F(Writing, a_repeated_pause_of_a_lost_host_writes_once) {
  exchange(compute1, compute1.full());
  const auto first = writer->act(ask(Verb::pause, compute1));
  const int before = store.writes();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(writer->act(ask(Verb::pause, compute1))->id, first->id);
  EXPECT_EQ(store.writes(), before);
  EXPECT_EQ(writer->actions(compute1.service(), 100, {})->size(), 1u);
}

TEST_F(Writing, after_a_planned_stop_only_the_downtime_may_be_forgotten) {
  exchange(compute1, compute1.full());
  pass(std::chrono::hours{10});  // an idle night
  writer.reset();
  const WallTime stopped = now.wall;
  pass(Millis{5000});
  EXPECT_EQ(store.load(now.wall)->forgotten.back(), std::pair(stopped, now.wall));
}

}  // namespace
}  // namespace nova::writer
