// SPDX-License-Identifier: Apache-2.0
// What the host says to its zone and what follows from an answer. The zone here answers as the test wants.
#include "daemon/federation/exchange.hpp"

#include <gtest/gtest.h>

#include "rest/protocol/codec.hpp"
#include "tests/unit/host/a_host.hpp"

namespace nova::federation {
namespace {

using host::AHost;
using protocol::SyncAnswer;
using protocol::SyncRequest;

Uuid id(std::uint8_t n) {
  Uuid made;
  made.bytes[0] = 0xBB;
  made.bytes[15] = n;
  return made;
}

class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() : host({.require_reason = false, .has_zone = true}) {}

  SyncRequest ask() { return exchange.request(id(++nonces)); }
  /// A zone that has taken everything and has nothing to say.
  SyncAnswer yes(const SyncRequest& request) const {
    SyncAnswer answer{.host = request.host, .nonce = request.nonce, .zone_name = "south", .zone = id(200)};
    answer.acknowledged = request.sequence;
    answer.holds.digest = request.holds.digest;
    for (const Action& action : request.actions) answer.acknowledged_actions.push_back(action.id);
    answer.interval = Millis{1000};
    return answer;
  }
  AfterAnswer take(const SyncAnswer& answer) {
    const auto after = exchange.answered(answer, host.now.boot, host.now);
    EXPECT_TRUE(after) << after.error().message;
    return after.value_or(AfterAnswer{});
  }
  void join() { take(yes(ask())); }
  Hold rest_hold(std::uint8_t n) const {
    return {.id = id(n),
            .service = host.compute(),
            .owner = "ops",
            .actor = "ops",
            .reason = "kernel",
            .since = host.now.wall,
            .recorded = host.now.wall,
            .door = Door::rest,
            .enforce = all_enforcers()};
  }

  AHost host;
  Exchange exchange{*host.agent, id(100)};
  std::uint8_t nonces = 0;
};

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

/// A host whose journal the test writes.
class JournalTest : public ExchangeTest {
 protected:
  void errors(std::vector<host::UnitError> found) {
    host.pass(std::chrono::minutes{1});
    const auto query = excerpts.due(host.now, true);
    ASSERT_TRUE(query);
    excerpts.take({.since = query->since, .errors = std::move(found)});
  }
  host::UnitError error(const std::string& text, const std::string& unit = "nova-compute.service") const {
    return {unit, {.time = host.now.wall, .identifier = "it", .message = text}};
  }
  SyncRequest tell() { return telling.request(id(++nonces)); }
  AfterAnswer heard(const SyncAnswer& answer) {
    const auto after = telling.answered(answer, host.now.boot, host.now);
    EXPECT_TRUE(after);
    return after.value_or(AfterAnswer{});
  }

  host::JournalExcerpts excerpts{host.agent->host()};
  Exchange telling{*host.agent, id(101), &excerpts};
};

TEST_F(JournalTest, IsNotMentionedBeforeItWasRead) {
  EXPECT_FALSE(tell().journal);
}

TEST_F(JournalTest, EveryServiceIsToldOnceAndThenOnlyChanges) {
  errors({error("first")});
  EXPECT_TRUE(telling.has_news());
  auto request = tell();
  ASSERT_TRUE(request.journal);
  EXPECT_EQ(request.journal->services.size(), 2u) << "no errors is said as well";
  EXPECT_EQ(request.journal->period, excerpts.period());
  heard(yes(request));
  EXPECT_FALSE(telling.has_news());
  EXPECT_FALSE(tell().journal);

  errors({error("api fails", "nova-api.service")});
  for (int attempt = 0; attempt < 2; ++attempt) {  // an answer gets lost
    request = tell();
    ASSERT_TRUE(request.journal);
    ASSERT_EQ(request.journal->services.size(), 1u);
    EXPECT_EQ(request.journal->services[0].service, host.api());
  }
  heard(yes(request));
  EXPECT_FALSE(tell().journal);
}

TEST_F(JournalTest, ThatThereIsNothingNewTravelsWithTheNextHeartbeat) {
  errors({});
  heard(yes(tell()));
  errors({});
  EXPECT_FALSE(telling.has_news()) << "it is worth no sync of its own";
  const auto request = tell();
  ASSERT_TRUE(request.journal);
  EXPECT_TRUE(request.journal->services.empty());
  EXPECT_EQ(request.journal->period, excerpts.period());
}

TEST_F(JournalTest, AZoneThatKnowsNothingIsToldEverything) {
  errors({error("first")});
  heard(yes(tell()));
  auto nothing = yes(tell());
  nothing.send_all = true;
  EXPECT_TRUE(heard(nothing).again_now);
  const auto request = tell();
  EXPECT_EQ(request.base, 0u);
  ASSERT_TRUE(request.journal);
  EXPECT_EQ(request.journal->services.size(), 2u);
  EXPECT_TRUE(request.journal->period);
}

TEST_F(JournalTest, WhatIsTooMuchForOneSyncFollowsAtOnce) {
  std::vector<host::UnitError> found;
  for (int i = 0; i < 100; ++i) {
    host.units.push_back(
        host::running("nova-compute", Kind::compute, "nova-" + std::to_string(i) + ".service"));
    host.units.back().instance = std::to_string(i);
    for (int n = 0; n < 10; ++n) found.push_back(error(std::string(1500, 'x'), host.units.back().facts.name));
  }
  host.agent->observe(host.units, host.now);
  errors(found);
  std::set<Uuid> told;
  for (int syncs = 1;; ++syncs) {
    ASSERT_LT(syncs, 10);
    const auto request = tell();
    ASSERT_TRUE(request.journal);
    EXPECT_LT(protocol::encode(request).size(), protocol::max_body / 4);
    for (const auto& excerpt : request.journal->services) EXPECT_TRUE(told.insert(excerpt.service).second);
    const bool last = told.size() == 102;
    EXPECT_EQ(request.journal->period.has_value(), last) << "it speaks for all of them";
    EXPECT_EQ(heard(yes(request)).again_now, !last);
    if (last) break;
  }
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

TEST_F(ExchangeTest, AHoldOfTheZoneIsKeptAndToldBack) {
  join();
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  HoldSet theirs(host.now.wall);
  theirs.apply(answer.holds.delta);
  answer.holds.digest = theirs.digest();
  EXPECT_TRUE(take(answer).again_now) << "the zone waits to hear that it is durable";
  EXPECT_TRUE(host.service().pause.held);
  EXPECT_EQ(host.store.load()->holds.adds.size(), 1u);
  const auto request = ask();
  EXPECT_EQ(request.holds.digest, theirs.digest());
  EXPECT_EQ(request.holds.delta.adds.size(), 1u) << "so that the zone knows what the host has";
  EXPECT_FALSE(take(yes(request)).again_now);
  EXPECT_TRUE(ask().holds.delta.empty());
}

TEST_F(ExchangeTest, DifferentDigestsMeanEverythingNext) {
  ASSERT_TRUE(host.pause("alice"));
  join();
  auto answer = yes(ask());
  answer.holds.digest = "another";
  EXPECT_TRUE(take(answer).again_now);
  const auto request = ask();
  EXPECT_TRUE(request.holds.complete);
  EXPECT_EQ(request.holds.delta.adds.size(), 1u);
  auto still = yes(request);
  still.send_all_holds = true;
  EXPECT_FALSE(take(still).again_now) << "a contradiction that stays does not become a storm";
  EXPECT_TRUE(ask().holds.complete);
}

TEST_F(ExchangeTest, AFullDiskIsToldAndTheZoneIsNotMisled) {
  join();
  host.store.full = true;
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  answer.holds.digest = "with the hold";
  const auto after = take(answer);
  EXPECT_NE(after.trouble.find("cannot keep the zone's holds"), std::string::npos) << after.trouble;
  EXPECT_FALSE(host.service().pause.held);
  EXPECT_NE(ask().holds.digest, "with the hold");
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
  auto answer = yes(ask());
  answer.commands = {{.id = id(5),
                      .service = host.compute(),
                      .verb = Verb::restart,
                      .actor = "ops",
                      .remaining = Millis{2000}}};
  host.pass(Millis{2001});  // on the way, or asleep
  ASSERT_TRUE(exchange.answered(answer, sent, host.now));
  EXPECT_TRUE(host.control.log.empty()) << "systemd was asked too late";
  ASSERT_EQ(ask().actions.size(), 1u);
  EXPECT_EQ(ask().actions[0].outcome, Outcome::expired);
}

TEST_F(ExchangeTest, AResultIsRepeatedUntilAcknowledgedAndTheCommandIsNotRunAgain) {
  join();
  auto answer = yes(ask());
  answer.commands = {{.id = id(5),
                      .service = host.compute(),
                      .verb = Verb::restart,
                      .actor = "ops",
                      .remaining = Millis{9000}}};
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

/// A hold and its release of so long ago, on this host's disk and in its zone.
class Pruning : public ExchangeTest {
 protected:
  SyncAnswer prune_before(WallTime moment) {
    auto answer = yes(ask());
    answer.prune_before = moment;
    return answer;
  }
  void make_pair() {
    ASSERT_TRUE(host.pause("alice"));
    ASSERT_TRUE(host.resume("alice"));
    join();
    join();
  }
  std::size_t kept() const { return host.agent->host().holds().size(); }
};

TEST_F(Pruning, OldPairsLeaveWhenTheZoneSaysSo) {
  make_pair();
  host.now.wall += std::chrono::days{91};
  take(prune_before(host.now.wall - std::chrono::days{90}));
  EXPECT_EQ(kept(), 0u);
}

TEST_F(Pruning, AZoneWhoseClockRunsAheadForgetsNothing) {
  make_pair();
  take(prune_before(host.now.wall + std::chrono::days{275}));
  EXPECT_EQ(kept(), 1u);
}

TEST_F(Pruning, NothingIsForgottenByAClockThatMayBeWrong) {
  make_pair();
  host.now.wall += std::chrono::days{91};
  host.now.synchronised = false;
  take(prune_before(host.now.wall - std::chrono::days{90}));
  EXPECT_EQ(kept(), 1u);
}

TEST_F(ExchangeTest, AClockThatRunsAheadDoesNotHideAPauseThatWaits) {
  join();
  auto answer = yes(ask());
  answer.holds.delta.adds = {rest_hold(1)};
  host.now.wall += std::chrono::days{100};  // until the first answer of a time server
  host.now.synchronised = false;
  EXPECT_EQ(take(answer).trouble, "");
  EXPECT_TRUE(host.service().pause.held);
}

}  // namespace
}  // namespace nova::federation
