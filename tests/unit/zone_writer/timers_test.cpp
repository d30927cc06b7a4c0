// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_writer/desk.hpp"

namespace nova::writer {
namespace {

using Timers = Desk;

TEST_F(Timers, the_first_change_shows_at_once_and_the_next_after_20_ms) {
  exchange(compute1, compute1.full());
  seen();
  pass(Millis{100});
  compute1.compute().unit.active_state = "failed";
  exchange(compute1, compute1.changed());
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->state, State::down);

  pass(Millis{5});
  compute1.compute().unit.active_state = "active";
  exchange(compute1, compute1.changed());
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->state, State::down);
  EXPECT_EQ(writer->run(), now.boot + Millis{15});
  pass(Millis{15});
  writer->run();
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->state, State::up);
}

TEST_F(Timers, a_lost_host_shows_within_the_promise) {
  exchange(compute1, compute1.full());
  seen();
  const BootTime heard = now.boot;
  for (BootTime next = writer->run(); next < heard + Millis{3000}; next = writer->run()) now.boot = next;
  EXPECT_EQ(writer->snapshot()->find_host("compute1")->presence, zone::Presence::lost);
  EXPECT_TRUE(noted(zone::Note::What::host_lost));
}

TEST_F(Timers, an_until_ends_its_hold_durably_and_rings) {
  exchange(compute1, compute1.full());
  auto request = ask(Verb::pause, compute1);
  request.until = now.wall + std::chrono::hours{1};
  writer->act(request);
  const auto revision = exchange(compute1, compute1.heartbeat()).revision;
  int rings = 0;
  writer->doorbell(compute1.id_, revision, [&] { ++rings; });
  pass(std::chrono::hours{1});
  writer->run();
  EXPECT_EQ(rings, 1);
  EXPECT_FALSE(service(compute1).pause.held);
  start();
  EXPECT_FALSE(service(compute1).pause.held) << "and it stays so";
}

TEST_F(Timers, the_history_tells_of_a_hold_that_ended_by_its_until) {
  exchange(compute1, compute1.full());
  auto request = ask(Verb::pause, compute1);
  request.until = now.wall + std::chrono::hours{1};
  const auto pause = writer->act(request);
  exchange(compute1, compute1.heartbeat());
  pass(std::chrono::hours{2});
  writer->run();
  const auto history = *writer->actions(compute1.service(), 10, std::nullopt);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].verb, Verb::resume);
  EXPECT_EQ(history[0].hold, pause->hold);
  EXPECT_EQ(history[0].actor, "alice");
  EXPECT_EQ(history[0].message, "until passed");
  EXPECT_EQ(history[0].finished, request.until) << "when it ended, not when that was noticed";
}

TEST_F(Timers, an_until_on_a_full_disk_waits_without_spinning_while_losses_still_show) {
  exchange(compute1, compute1.full());
  auto request = ask(Verb::pause, compute1);
  request.until = now.wall + std::chrono::hours{1};
  writer->act(request);
  store.set_full(true);
  pass(std::chrono::hours{1});
  const int before = store.writes();
  writer->run();
  EXPECT_TRUE(noted(zone::Note::What::store_failed));
  for (int i = 0; i < 5; ++i) {
    now.boot = writer->run();
    EXPECT_LE(store.writes(), before + 1) << "it tries once a second";
  }
  EXPECT_TRUE(service(compute1).pause.held) << "what is not on the disk has not happened";
  EXPECT_EQ(writer->snapshot()->find_host("compute1")->presence, zone::Presence::lost);
  store.set_full(false);
  pass(Millis{1000});
  EXPECT_FALSE(service(compute1).pause.held);
}

TEST_F(Timers, a_command_that_nobody_fetched_expires) {
  exchange(compute1, compute1.full());
  auto request = ask(Verb::start, compute1);
  request.deadline = Millis{500};
  const auto asked = writer->act(request);
  int ends = 0;
  writer->when_final(asked->id, [&] { ++ends; });
  EXPECT_LE(writer->run(), now.boot + Millis{500});
  pass(Millis{500});
  writer->run();
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(writer->action(asked->id)->outcome, Outcome::expired);
}

TEST_F(Timers, facts_are_saved_in_batches) {
  exchange(compute1, compute1.full());
  writer->run();
  pass(Millis{100});
  compute1.compute().unit.active_state = "failed";
  exchange(compute1, compute1.changed());
  writer->run();
  const auto state = [&] { return store.load(now.wall)->hosts[0].services[0].facts.unit.active_state; };
  EXPECT_EQ(state(), "active") << "not for every change";
  pass(Millis{2000});
  writer->run();
  EXPECT_EQ(state(), "failed");
}

TEST_F(Timers, what_was_not_saved_is_saved_at_the_end) {
  exchange(compute1, compute1.full());
  writer->run();
  const auto action = writer->act(ask(Verb::pause, compute1));
  exchange(compute1, compute1.heartbeat());
  exchange(compute1, compute1.heartbeat());
  compute1.compute().unit.active_state = "failed";
  exchange(compute1, compute1.changed());
  writer.reset();
  EXPECT_EQ(store.load(now.wall)->hosts[0].services[0].facts.unit.active_state, "failed");
  EXPECT_EQ((*store.action(action->id))->action.outcome, Outcome::succeeded);
}

TEST_F(Timers, the_history_is_shortened_once_a_day_and_not_by_a_wrong_clock) {
  exchange(compute1, compute1.full());
  exchange(compute1, compute1.heartbeat());
  const auto old = writer->act(ask(Verb::resume, compute1));
  ASSERT_EQ(old->outcome, Outcome::succeeded);
  now.synchronised = false;
  pass(std::chrono::days{366});
  writer->run();
  EXPECT_TRUE(writer->action(old->id));
  now.synchronised = true;
  pass(std::chrono::days{1});
  writer->run();
  EXPECT_FALSE(writer->action(old->id));
}

TEST_F(Timers, a_zone_that_did_not_run_for_a_while_calls_no_host_lost_for_it) {
  exchange(compute1, compute1.full());
  writer->run();
  pass(std::chrono::minutes{5});  // stopped, or its machine asleep
  writer->run();
  EXPECT_EQ(writer->snapshot()->find_host("compute1")->presence, zone::Presence::up);
  EXPECT_FALSE(noted(zone::Note::What::host_lost));
  const BootTime awake = now.boot;
  for (BootTime next = writer->run(); next < awake + Millis{3000}; next = writer->run()) now.boot = next;
  EXPECT_TRUE(noted(zone::Note::What::host_lost)) << "but silence since then counts";
}

TEST_F(Timers, a_report_after_the_pace_shows_without_the_timer) {
  exchange(compute1, compute1.full());
  seen();
  pass(Millis{100});
  compute1.compute().unit.restarts = 1;
  exchange(compute1, compute1.changed());
  pass(Millis{5});
  compute1.compute().unit.active_state = "failed";
  exchange(compute1, compute1.changed());
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->state, State::up);
  pass(Millis{20});  // the timer waits for the disk
  compute1.compute().unit.sub_state = "dead";
  exchange(compute1, compute1.changed());
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->state, State::down);
}

}  // namespace
}  // namespace nova::writer
