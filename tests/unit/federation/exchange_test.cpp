// SPDX-License-Identifier: Apache-2.0
// What the host says to its zone and what follows from an answer: its facts, and the commands it is given.
#include "tests/unit/federation/an_exchange.hpp"

namespace nova::federation {
namespace {

TEST_F(ExchangeTest, TheFirstWordIsEverything) {
  const auto request = ask();
  EXPECT_EQ(request.base, 0u);
  EXPECT_GT(request.sequence, 0u);
  EXPECT_EQ(request.services.size(), 2u);
  EXPECT_TRUE(request.info);
  EXPECT_TRUE(request.holds.complete);
  EXPECT_FALSE(request.zone) << "no zone was heard yet";
}

TEST_F(ExchangeTest, AZoneCannotDriveItsHosts) {
  auto answer = yes(ask());
  answer.interval = Millis{0};
  EXPECT_EQ(take(answer).interval, Millis{100});
}

TEST_F(ExchangeTest, WhatANewerZoneSaysInUnknownWordsIsTrouble) {
  auto answer = yes(ask());
  answer.left_out = {"commands[0].verb \"defragment\""};
  EXPECT_NE(take(answer).trouble.find("defragment"), std::string::npos);
}

TEST_F(ExchangeTest, AHeartbeatSaysNothing) {
  join();
  EXPECT_FALSE(exchange.has_news());
  const auto request = ask();
  EXPECT_EQ(request.base, request.sequence);
  EXPECT_TRUE(request.services.empty());
  EXPECT_FALSE(request.info);
  EXPECT_TRUE(request.holds.delta.empty());
  EXPECT_EQ(request.zone, id(200));
}

TEST_F(ExchangeTest, AChangeTravelsAloneUntilItIsAcknowledged) {
  join();
  host.units[1].facts.active_state = "failed";
  host.agent->observe(host.units, host.now);
  EXPECT_TRUE(exchange.has_news());
  for (int attempt = 0; attempt < 3; ++attempt) {  // answers get lost
    const auto request = ask();
    ASSERT_EQ(request.services.size(), 1u);
    EXPECT_EQ(request.services[0].id, host.api());
    EXPECT_LT(request.base, request.sequence);
  }
  take(yes(ask()));
  EXPECT_TRUE(ask().services.empty());
}

TEST_F(ExchangeTest, TheLoadTravelsWithEverySyncAndIsNoNews) {
  join();
  host.agent->observe_self(2.5, host.now.wall - std::chrono::hours{5});
  take(yes(ask()));
  host.agent->observe_self(7.25, host.now.wall - std::chrono::hours{5} + Millis{300});
  EXPECT_FALSE(exchange.has_news());
  const auto request = ask();
  EXPECT_EQ(request.load1, 7.25);
  EXPECT_FALSE(request.info) << "the clock's drift is nothing";
}

TEST_F(ExchangeTest, AClockThatWasSetMovesTheBootAndIsTold) {
  join();
  host.agent->observe_self(1, host.now.wall - std::chrono::hours{5});
  take(yes(ask()));
  host.agent->observe_self(1, host.now.wall - std::chrono::hours{2});
  for (int attempt = 0; attempt < 2; ++attempt) {  // an answer gets lost
    const auto request = ask();
    ASSERT_TRUE(request.info);
    EXPECT_EQ(request.info->boot_time, host.now.wall - std::chrono::hours{2});
  }
  take(yes(ask()));
  EXPECT_FALSE(ask().info);
}

TEST_F(ExchangeTest, AServiceThatIsGoneIsSaidToBe) {
  join();
  host.units.pop_back();
  host.agent->observe(host.units, host.now);
  EXPECT_EQ(ask().removed, std::vector{host.api()});
}

TEST_F(ExchangeTest, WhatHappensWhileASyncIsUnderWayIsNotTakenForAcknowledged) {
  join();
  const auto request = ask();
  host.units[0].facts.main_pid = 77;
  host.agent->observe(host.units, host.now);
  ASSERT_TRUE(host.pause("alice"));
  const auto after = take(yes(request));
  EXPECT_TRUE(after.again_now);
  const auto next = ask();
  EXPECT_EQ(next.services.size(), 1u);
  EXPECT_EQ(next.holds.delta.adds.size(), 1u);
  EXPECT_FALSE(next.holds.complete) << "nothing is wrong, the zone just does not know it yet";
}

TEST_F(ExchangeTest, AZoneWithoutTheBaseGetsEverything) {
  join();
  auto answer = yes(ask());
  answer.zone = id(201);  // restarted
  answer.send_all = true;
  EXPECT_TRUE(take(answer).again_now);
  const auto request = ask();
  EXPECT_EQ(request.base, 0u);
  EXPECT_EQ(request.services.size(), 2u);
  auto again = yes(request);
  again.send_all = true;
  EXPECT_FALSE(take(again).again_now) << "everything was sent: saying it faster does not help";
}

TEST_F(ExchangeTest, AnAnswerForAnotherIsNotUsed) {
  join();
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  answer.nonce = id(99);
  EXPECT_EQ(exchange.answered(answer, host.now.boot, host.now).error().code, Errc::conflict);
  answer = yes(ask());
  answer.host = id(98);
  EXPECT_EQ(exchange.answered(answer, host.now.boot, host.now).error().code, Errc::conflict);
  EXPECT_FALSE(host.service().pause.held);
}

TEST_F(ExchangeTest, AnAnswerIsUsedOnce) {
  const auto answer = yes(ask());
  take(answer);
  EXPECT_FALSE(exchange.answered(answer, host.now.boot, host.now));
}

TEST_F(ExchangeTest, ACommandsTimeCountsFromWhenTheSyncWasSent) {
  join();
  const auto sent = host.now.boot;
  const auto answer = restart_within(Millis{2000});
  host.pass(Millis{2001});  // on the way, or asleep
  ASSERT_TRUE(exchange.answered(answer, sent, host.now));
  EXPECT_TRUE(host.control.log.empty()) << "systemd was asked too late";
  ASSERT_EQ(ask().actions.size(), 1u);
  EXPECT_EQ(ask().actions[0].outcome, Outcome::expired);
}

TEST_F(ExchangeTest, ACommandThatWasFetchedBeforeTheDaemonHungIsToldAsExpiredAndNeverRun) {
  join();
  const auto sent = host.now.boot;
  const auto answer = restart_within(Millis{5000});
  host.pass(Millis{300});
  ASSERT_TRUE(exchange.answered(answer, sent, host.now));
  ASSERT_EQ(host.control.jobs.size(), 1u);
  const host::UnitJob job = host.control.jobs[0];
  EXPECT_EQ(job.deadline, sent + Millis{5000}) << "what the control looks at right before it calls systemd";
  ASSERT_EQ(ask().actions[0].outcome, Outcome::running) << "its id is durable";

  host.pass(std::chrono::hours{1});  // SIGSTOP, SIGCONT: the control has seen that it is late
  ASSERT_GT(host.now.boot, job.deadline);
  host.control.finish(
      fail(Errc::deadline_exceeded, "cannot restart nova-compute.service: its deadline passed"));
  const auto told = ask();
  ASSERT_EQ(told.actions.size(), 1u);
  EXPECT_EQ(told.actions[0].outcome, Outcome::expired);
  EXPECT_EQ(told.actions[0].finished, host.now.wall);

  auto repeated = yes(told);
  repeated.commands = answer.commands;  // the zone had not heard of its end
  ASSERT_TRUE(exchange.answered(repeated, host.now.boot, host.now));
  EXPECT_EQ(host.control.jobs.size(), 1u);
}

TEST_F(ExchangeTest, AResultIsRepeatedUntilAcknowledgedAndTheCommandIsNotRunAgain) {
  join();
  const auto answer = restart_within(Millis{9000});
  EXPECT_TRUE(take(answer).again_now) << "the zone hears that it runs";
  auto running = ask();
  ASSERT_EQ(running.actions.size(), 1u);
  EXPECT_EQ(running.actions[0].outcome, Outcome::running);
  host.control.finish();
  auto late = yes(running);  // acknowledges what was running
  late.commands = answer.commands;
  EXPECT_TRUE(take(late).again_now);
  ASSERT_EQ(ask().actions.size(), 1u) << "the end has not been told yet";
  EXPECT_EQ(ask().actions[0].outcome, Outcome::succeeded);
  take(yes(ask()));
  EXPECT_TRUE(ask().actions.empty());
  auto repeated = yes(ask());
  repeated.commands = answer.commands;
  take(repeated);
  EXPECT_EQ(host.control.log.size(), 1u);
}

TEST_F(ExchangeTest, EnforcementsOfTheZoneReachTheServiceAndAreNoNews) {
  join();
  auto answer = yes(ask());
  answer.enforcement = {
      {.service = host.compute(),
       .enforcement = {{.enforcer = Enforcer::scheduler, .state = EnforcementState::pending}}}};
  EXPECT_FALSE(take(answer).again_now);
  EXPECT_EQ(host.service().enforcement[0].state, EnforcementState::pending);
}

TEST_F(ExchangeTest, LeavingIsSaid) {
  join();
  EXPECT_TRUE(exchange.request(id(50), true).leaving);
}

}  // namespace
}  // namespace nova::federation
