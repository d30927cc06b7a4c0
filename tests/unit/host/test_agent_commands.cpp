// SPDX-License-Identifier: Apache-2.0
// START, STOP, RESTART and SUSPEND: at most once, never late, never forgotten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// Remembers an answer.
struct Answer {
  std::optional<Result<Action>> got;
  Agent::Done taker() {
    return [this](const Result<Action>& result) { got = result; };
  }
};

Command from_zone(AHost& host, Verb verb, Millis remaining = 60s) {
  return {.id = host.fresh(),
          .service = host.compute(),
          .verb = verb,
          .actor = "carol",
          .reason = "",
          .remaining = remaining};
}

void scheduler_is(AHost& host, EnforcementState state) {
  auto enforcement = unconfigured_enforcement();
  enforcement[1].state = state;
  host.agent->observe_enforcement(host.compute(), enforcement, host.now);
}

}  // namespace

TEST(Command, IsOnTheDiskBeforeSystemdHearsOfIt) {
  AHost host({.has_zone = true});
  Answer answer;
  const auto request = host.command(Verb::restart);
  host.agent->run(request, host.now, answer.taker());
  EXPECT_THAT(host.control.log, ElementsAre("restart nova-compute.service"));
  EXPECT_EQ(host.store.load()->actions.at(0).id, request.id);
  EXPECT_EQ(host.store.load()->actions.at(0).outcome, Outcome::running);
  EXPECT_FALSE(answer.got) << "not before the job has ended";
  host.control.finish();
  ASSERT_TRUE(answer.got && *answer.got);
  EXPECT_EQ((*answer.got)->outcome, Outcome::succeeded);
  EXPECT_EQ(host.store.load()->actions.at(0).outcome, Outcome::succeeded);
}

TEST(Command, ThatCannotBeSavedIsNotRun) {
  AHost host;
  host.store.full = true;
  Answer answer;
  host.agent->run(host.command(Verb::stop), host.now, answer.taker());
  EXPECT_THAT(host.control.log, IsEmpty());
  EXPECT_EQ(answer.got->error().code, Errc::storage_failed);
}

TEST(Command, WhoseJobFailsSaysHow) {
  AHost host({.has_zone = true});
  Answer answer;
  host.agent->run(host.command(Verb::start), host.now, answer.taker());
  host.control.finish(
      fail(Errc::job_failed, "cannot start nova-compute.service: its job ended in \"timeout\""));
  EXPECT_EQ(answer.got->error().code, Errc::job_failed);
  EXPECT_EQ(host.agent->unreported().at(0).outcome, Outcome::failed);
}

TEST(Command, WhoseEndIsNotKnownIsIndeterminateNotRefused) {
  AHost host({.has_zone = true});
  const std::pair<Errc, Outcome> ends[] = {{Errc::indeterminate, Outcome::indeterminate},
                                           {Errc::unavailable, Outcome::refused},
                                           {Errc::access_denied, Outcome::refused},
                                           {Errc::deadline_exceeded, Outcome::expired},
                                           {Errc::job_failed, Outcome::failed}};
  for (const auto& [code, outcome] : ends) {
    Answer answer;
    host.agent->run(host.command(Verb::stop), host.now, answer.taker());
    host.control.finish(fail(code, "as systemd says"));
    EXPECT_EQ(answer.got->error().code, code);
    EXPECT_EQ(host.agent->unreported().back().outcome, outcome) << to_string(code);
  }
}

TEST(Command, BeyondWhatAHostCanHaveUnderWayIsRefused) {
  AHost host;
  for (std::size_t i = 0; i < ActionLog::max_actions; ++i)
    host.agent->run(host.command(Verb::start), host.now, [](const Result<Action>&) {});
  Answer answer;
  host.agent->run(host.command(Verb::start), host.now, answer.taker());
  EXPECT_EQ(answer.got->error().code, Errc::unavailable);
  EXPECT_EQ(host.control.log.size(), ActionLog::max_actions);
  EXPECT_TRUE(host.pause("alice")) << "a pause needs no room";
  EXPECT_EQ(host.store.load()->actions.size(), ActionLog::max_actions);
}

TEST(Command, BeyondWhatMayWaitForTheSchedulerIsRefused) {
  AHost host;
  host.pause("alice");
  scheduler_is(host, EnforcementState::pending);
  for (std::size_t i = 0; i < Agent::max_waiting; ++i)
    host.agent->run(host.command(Verb::stop), host.now, [](const Result<Action>&) {});
  Answer answer;
  host.agent->run(host.command(Verb::stop), host.now, answer.taker());
  EXPECT_EQ(answer.got->error().code, Errc::unavailable);
}

TEST(Command, InterruptedByACrashIsIndeterminateAndNeverRunAgain) {
  AHost host;
  const auto command = from_zone(host, Verb::restart);
  host.agent->run(command, host.now.boot, host.now);
  host.start();
  ASSERT_EQ(host.agent->unreported().size(), 1U);
  EXPECT_EQ(host.agent->unreported()[0].outcome, Outcome::indeterminate);
  ASSERT_EQ(host.listener.actions.size(), 1U) << "the journal has an entry for it";
  EXPECT_EQ(host.listener.actions[0].outcome, Outcome::indeterminate);
  host.start();
  EXPECT_THAT(host.listener.actions, IsEmpty()) << "once";
  host.agent->run(command, host.now.boot, host.now);
  EXPECT_THAT(host.control.log, ElementsAre("restart nova-compute.service"));
}

TEST(Command, OfTheZoneRepeatedRunsOnceAlsoAfterItsResultIsAcknowledged) {
  AHost host;
  const auto command = from_zone(host, Verb::stop);
  host.agent->run(command, host.now.boot, host.now);
  host.agent->run(command, host.now.boot, host.now);
  host.control.finish();
  host.agent->run(command, host.now.boot, host.now);
  ASSERT_TRUE(host.agent->acknowledge({command.id}));
  EXPECT_THAT(host.agent->unreported(), IsEmpty());
  host.agent->run(command, host.now.boot, host.now);
  host.start();
  host.agent->run(command, host.now.boot, host.now);
  EXPECT_EQ(host.control.log.size(), 1U);
}

TEST(Command, ThatArrivesAfterItsDeadlineIsNotRunAndTheZoneIsTold) {
  AHost host;
  const auto sent = host.now.boot;
  host.pass(61s);  // the answer was late, or the host slept
  host.agent->run(from_zone(host, Verb::start), sent, host.now);
  EXPECT_THAT(host.control.log, IsEmpty());
  EXPECT_EQ(host.agent->unreported().at(0).outcome, Outcome::expired);
}

TEST(Command, UnfitForTheServiceIsRefusedWithWhatFits) {
  AHost host;
  host.units[0].facts.payload_elsewhere = true;
  host.agent->observe(host.units, host.now);
  Answer answer;
  host.agent->run(host.command(Verb::suspend), host.now, answer.taker());
  EXPECT_EQ(answer.got->error().code, Errc::not_supported);
  EXPECT_THAT(answer.got->error().message, HasSubstr("what fits: pause, resume, start, stop, restart"));
  EXPECT_THAT(host.agent->unreported(), IsEmpty()) << "at the host's own door the answer is the record";
}

TEST(Command, StopOfAHeldServiceWaitsForTheSchedulerWhereThatIsConfigured) {
  AHost host;
  host.pause("alice");
  scheduler_is(host, EnforcementState::pending);
  Answer answer;
  host.agent->run(host.command(Verb::stop), host.now, answer.taker());
  EXPECT_THAT(host.control.log, IsEmpty());
  scheduler_is(host, EnforcementState::applied);
  EXPECT_THAT(host.control.log, ElementsAre("stop nova-compute.service"));
}

TEST(Command, StopThatWaitedInVainHasDoneNothing) {
  AHost host;
  host.pause("alice");
  scheduler_is(host, EnforcementState::pending);
  Answer answer;
  host.agent->run(host.command(Verb::stop), host.now, answer.taker());
  EXPECT_EQ(host.agent->next_tick().deadline, host.now.boot + default_command_time);
  host.pass(default_command_time + 1ms);
  ASSERT_TRUE(host.agent->tick(host.now));
  EXPECT_EQ(answer.got->error().code, Errc::deadline_exceeded);
  EXPECT_THAT(host.control.log, IsEmpty());
}

TEST(Command, WithForceDoesNotWait) {
  AHost host;
  host.pause("alice");
  scheduler_is(host, EnforcementState::pending);
  auto request = host.command(Verb::suspend);
  request.force = true;
  Answer answer;
  host.agent->run(request, host.now, answer.taker());
  EXPECT_THAT(host.control.log, ElementsAre("suspend nova-compute.service"));
}

TEST(Command, ResumeOfTheZoneThawsOnlyWhatNothingHolds) {
  AHost host;
  host.pause("alice");
  host.agent->run(from_zone(host, Verb::resume), host.now.boot, host.now);
  EXPECT_THAT(host.control.log, IsEmpty());
  EXPECT_EQ(host.agent->unreported().back().outcome, Outcome::refused);
  host.resume("alice");
  host.agent->run(from_zone(host, Verb::resume), host.now.boot, host.now);
  EXPECT_THAT(host.control.log, ElementsAre("thaw nova-compute.service"));
}

namespace {

/// More commands than a log holds, one after the other.
void run_many(AHost& host, Door door) {
  for (std::size_t i = 0; i < 2 * ActionLog::max_actions; ++i) {
    host.agent->run(host.command(Verb::restart, door), host.now, [](const Result<Action>&) {});
    host.control.finish();
  }
}

}  // namespace

TEST(Records, OfCommandsAreBoundedOnADiskAndInTheNextSync) {
  AHost host({.has_zone = true});
  run_many(host, Door::bus);
  EXPECT_EQ(host.agent->unreported().size(), ActionLog::max_actions);
  EXPECT_EQ(host.store.load()->actions.size(), ActionLog::max_actions);
}

TEST(Records, OfTheHostsOwnDoorsAreNotKeptWhereNoZoneWillAskForThem) {
  AHost host;
  run_many(host, Door::bus);
  host.pause("alice");
  EXPECT_THAT(host.agent->unreported(), IsEmpty());
  EXPECT_THAT(host.store.load()->actions, IsEmpty());
}

TEST(Records, KeepTheZonesCommandsLongest) {
  AHost host({.has_zone = true});
  const auto command = from_zone(host, Verb::stop);
  host.agent->run(command, host.now.boot, host.now);
  host.control.finish();
  for (std::size_t i = 0; i < ActionLog::max_actions; ++i) host.pause("alice", "again " + std::to_string(i));
  EXPECT_EQ(host.agent->unreported().size(), ActionLog::max_actions);
  EXPECT_EQ(host.agent->unreported().front().id, command.id);
}

TEST(Records, ThatGaveWayLeaveTheIdBehindSoThatNothingRunsTwice) {
  AHost host({.has_zone = true});
  const auto first = from_zone(host, Verb::restart);
  host.agent->run(first, host.now.boot, host.now);
  host.control.finish();
  for (std::size_t i = 0; i < ActionLog::max_actions; ++i) {
    host.agent->run(from_zone(host, Verb::restart), host.now.boot, host.now);
    host.control.finish();
  }
  ASSERT_NE(host.agent->unreported().front().id, first.id);
  const auto before = host.control.log.size();
  host.agent->run(first, host.now.boot, host.now);
  host.start();
  host.agent->run(first, host.now.boot, host.now);
  EXPECT_EQ(host.control.log.size(), before);
}

TEST(Records, OfAnEarlierReleaseAreTrimmedAtTheStart) {
  AHost host({.has_zone = true});
  Saved saved = *host.store.load();
  for (std::size_t i = 0; i < 5000; ++i) {
    saved.actions.push_back(
        {.id = host.fresh(), .service = host.compute(), .verb = Verb::stop, .door = Door::bus});
    saved.actions.back().outcome = Outcome::succeeded;
    saved.spent.push_back(host.fresh());
  }
  ASSERT_TRUE(host.store.save(saved));
  host.start();
  EXPECT_EQ(host.agent->unreported().size(), ActionLog::max_actions);
  EXPECT_EQ(host.agent->unreported().back().id, saved.actions.back().id) << "the newest ones stay";
}
