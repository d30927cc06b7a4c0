// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/systemd/control.hpp"
#include "tests/unit/systemd/fake_systemd.hpp"

namespace nova::systemd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* compute = "nova-compute.service";

struct AControl : ::testing::Test {
  testing::PrivateBus bus;
  testing::FakeSystemd systemd{bus};
  sd_bus* ours = bus.connect();
  BootTime clock{std::chrono::seconds{1000}};
  bool facts_are_read = false;
  Control control{ours,
                  {.now = [this] { return clock; },
                   .refresh =
                       [this](const std::string&, std::function<void()> seen) {
                         facts_are_read = true;
                         seen();
                       },
                   .patience = Millis{1}}};
  std::optional<Result<void>> answer;

  AControl() { systemd.units[compute] = {}; }

  void perform(Verb verb, Millis time = std::chrono::seconds{60}) {
    control.perform({verb, compute, clock + time}, taker());
    EXPECT_FALSE(answer) << "answered from inside the call";
  }
  host::UnitControl::Done taker() {
    return [this](const Result<void>& result) { answer = result; };
  }
  bool called(const std::string& method) {
    return bus.until([&] { return systemd.count(method) > 0; });
  }
  bool answered() {
    return bus.until([&] { return answer.has_value(); });
  }
};

TEST_F(AControl, answers_when_the_job_has_ended_and_its_effect_is_read) {
  perform(Verb::start);
  ASSERT_TRUE(called("StartUnit"));
  bus.settle();
  EXPECT_FALSE(answer);
  systemd.job_removed("done");
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
  EXPECT_TRUE(facts_are_read);
  EXPECT_THAT(systemd.calls, ElementsAre("StartUnit nova-compute.service replace"));
}

TEST_F(AControl, says_how_a_job_ended_that_did_not_succeed) {
  for (const char* word : {"failed", "canceled", "timeout", "dependency", "skipped"}) {
    systemd.calls.clear();
    answer.reset();
    perform(Verb::restart);
    ASSERT_TRUE(called("RestartUnit"));
    bus.settle();
    systemd.job_removed(word);
    ASSERT_TRUE(answered());
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, Errc::job_failed);
    EXPECT_EQ(answer->error().message,
              std::string("cannot restart nova-compute.service: systemd's job ended with '") + word + "'");
  }
}

TEST_F(AControl, thaws_a_frozen_unit_before_it_stops_it) {
  systemd.units[compute].freezer = "frozen";
  perform(Verb::stop);
  ASSERT_TRUE(called("StopUnit"));
  bus.settle();
  systemd.job_removed("done");
  ASSERT_TRUE(answered());
  EXPECT_THAT(systemd.calls,
              ElementsAre("ThawUnit nova-compute.service", "StopUnit nova-compute.service replace"));
}

TEST_F(AControl, starts_a_frozen_unit_by_thawing_it) {
  systemd.units[compute].freezer = "frozen";
  perform(Verb::start);
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
  EXPECT_THAT(systemd.calls, ElementsAre("ThawUnit nova-compute.service"));
}

TEST_F(AControl, suspends_and_reads_the_freezer_again_because_252_does_not_tell) {
  perform(Verb::suspend);
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
  EXPECT_TRUE(facts_are_read);
  EXPECT_THAT(systemd.calls, ElementsAre("FreezeUnit nova-compute.service"));
}

TEST_F(AControl, thaws_only_what_is_frozen) {
  control.thaw(compute, taker());
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
  EXPECT_THAT(systemd.calls, IsEmpty());
}

TEST_F(AControl, does_nothing_after_the_deadline) {
  perform(Verb::stop, Millis{5});
  clock += Millis{6};
  ASSERT_TRUE(answered());
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, Errc::deadline_exceeded);
  EXPECT_THAT(systemd.calls, IsEmpty());
}

TEST_F(AControl, neither_suspends_nor_thaws_after_the_deadline) {
  for (const auto& [verb, freezer] :
       {std::pair{Verb::suspend, "running"}, std::pair{Verb::start, "frozen"}}) {
    answer.reset();
    systemd.units[compute].freezer = freezer;
    perform(verb, Millis{5});
    clock += Millis{6};
    ASSERT_TRUE(answered());
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, Errc::deadline_exceeded);
  }
  EXPECT_THAT(systemd.calls, IsEmpty());
}

TEST_F(AControl, does_not_stop_after_the_deadline_what_it_thawed_before_it) {
  systemd.units[compute].freezer = "frozen";
  perform(Verb::stop, Millis{5});
  ASSERT_TRUE(called("ThawUnit"));
  clock += Millis{6};
  ASSERT_TRUE(answered());
  EXPECT_EQ(answer->error().code, Errc::job_failed) << "not as if nothing had been done";
  EXPECT_THAT(answer->error().message, HasSubstr("the unit was thawed before"));
  EXPECT_EQ(systemd.count("StopUnit"), 0U);
}

TEST_F(AControl, gives_systemd_s_refusals_their_meaning) {
  const std::pair<const char*, Errc> meanings[] = {
      {"org.freedesktop.systemd1.UnitMasked", Errc::not_supported},
      {"org.freedesktop.systemd1.NoSuchUnit", Errc::no_such_service},
      {"org.freedesktop.systemd1.ShuttingDown", Errc::unavailable},
      {"org.freedesktop.systemd1.TransactionIsDestructive", Errc::job_failed},
      {SD_BUS_ERROR_ACCESS_DENIED, Errc::access_denied},
      {SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, Errc::access_denied},
  };
  for (const auto& [name, code] : meanings) {
    answer.reset();
    systemd.refusals.emplace("StartUnit", name);
    perform(Verb::start);
    ASSERT_TRUE(answered());
    ASSERT_FALSE(*answer) << name;
    EXPECT_EQ(answer->error().code, code) << name;
    EXPECT_THAT(answer->error().message,
                HasSubstr("cannot start nova-compute.service: as the test wants it"));
  }
  EXPECT_THAT(answer->error().message, HasSubstr("novahostd --polkit-rule"));
}

TEST_F(AControl, does_not_call_refused_what_was_sent_and_never_answered) {
  for (const auto& [verb, method, freezer] :
       {std::tuple{Verb::start, "StartUnit", "running"}, std::tuple{Verb::suspend, "FreezeUnit", "running"},
        std::tuple{Verb::restart, "ThawUnit", "frozen"}}) {
    systemd.mute = {method};
    systemd.units[compute].freezer = freezer;
    answer.reset();
    facts_are_read = false;
    perform(verb, Millis{50});
    ASSERT_TRUE(answered());
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, Errc::indeterminate) << method;
    EXPECT_THAT(answer->error().message, HasSubstr("whether systemd did it is not known"));
    EXPECT_TRUE(facts_are_read) << "what came of it can be seen";
  }
}

TEST_F(AControl, has_done_nothing_where_it_could_not_even_look_at_the_unit) {
  for (const char* error : {SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_UNKNOWN_OBJECT}) {
    systemd.refusals.emplace("Get", error);
    answer.reset();
    perform(Verb::stop);
    ASSERT_TRUE(answered());
    EXPECT_EQ(answer->error().code, Errc::unavailable) << error;
  }
  EXPECT_EQ(systemd.count("StopUnit"), 0U);
}

TEST_F(AControl, does_not_believe_a_forged_end_of_a_job) {
  perform(Verb::start);
  ASSERT_TRUE(called("StartUnit"));
  bus.settle();
  sd_bus* stranger = bus.connect();
  const char* us = nullptr;
  ASSERT_GE(sd_bus_get_unique_name(ours, &us), 0);
  testing::FakeSystemd::forge_job_removed(stranger, us, "done");
  bus.settle();
  EXPECT_FALSE(answer);
  systemd.job_removed("failed");
  ASSERT_TRUE(answered());
  EXPECT_FALSE(*answer);
}

TEST_F(AControl, goes_on_awaiting_a_job_over_a_replacement_of_systemd) {
  perform(Verb::start);
  ASSERT_TRUE(called("StartUnit"));
  bus.settle();
  systemd.replace();
  ASSERT_TRUE(called("Get job"));
  bus.settle();
  EXPECT_FALSE(answer);
  systemd.job_removed("done");
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
}

TEST_F(AControl, says_that_it_does_not_know_where_the_job_went_with_the_old_systemd) {
  perform(Verb::start);
  ASSERT_TRUE(called("StartUnit"));
  bus.settle();
  systemd.jobs_exist = false;
  systemd.replace();
  ASSERT_TRUE(answered());
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, Errc::indeterminate);
  EXPECT_THAT(answer->error().message, HasSubstr("how it ended is not known"));
}

TEST_F(AControl, answers_both_callers_whose_jobs_systemd_merged) {
  perform(Verb::start);
  std::optional<Result<void>> other;
  control.perform({Verb::start, compute, clock + std::chrono::seconds{60}},
                  [&](const Result<void>& result) { other = result; });
  ASSERT_TRUE(bus.until([&] { return systemd.count("StartUnit") == 2; }));
  bus.settle();
  systemd.job_removed("done");
  ASSERT_TRUE(answered());
  EXPECT_TRUE(bus.until([&] { return other.has_value(); }));
}

TEST_F(AControl, is_not_woken_by_other_units_jobs_while_it_awaits_none) {
  perform(Verb::suspend);
  ASSERT_TRUE(answered());
  int woken = 0;
  sd_bus_slot* slot = nullptr;
  const auto count = [](sd_bus_message* message, void* data, sd_bus_error*) {
    *static_cast<int*>(data) += sd_bus_message_is_signal(message, nullptr, "JobRemoved") > 0;
    return 0;
  };
  ASSERT_GE(sd_bus_add_filter(ours, &slot, count, &woken), 0);
  const Slot owned(slot);
  for (int i = 0; i < 10; ++i) systemd.job_removed("done");
  bus.settle();
  EXPECT_EQ(woken, 0);
}

TEST_F(AControl, starts_and_stops_targets_plainly) {
  control.set_target("novahost-paused@nova-compute.target", true, taker());
  ASSERT_TRUE(called("StartUnit"));
  bus.settle();
  systemd.job_removed("done");
  ASSERT_TRUE(answered());
  EXPECT_TRUE(*answer);
  EXPECT_FALSE(facts_are_read);
  EXPECT_THAT(systemd.calls, ElementsAre("StartUnit novahost-paused@nova-compute.target replace"));
}

TEST_F(AControl, tells_which_targets_are_active) {
  systemd.units["novahost-paused@nova-compute.target"] = {};
  systemd.units["novahost-paused@left.target"] = {.active = "inactive"};
  std::optional<Result<std::vector<std::string>>> targets;
  control.active_targets([&](const auto& found) { targets = found; });
  ASSERT_TRUE(bus.until([&] { return targets.has_value(); }));
  EXPECT_THAT(**targets, ElementsAre("novahost-paused@nova-compute.target"));
  targets.reset();
  systemd.refusals.emplace("ListUnitsByPatterns", SD_BUS_ERROR_ACCESS_DENIED);
  control.active_targets([&](const auto& found) { targets = found; });
  ASSERT_TRUE(bus.until([&] { return targets.has_value(); }));
  EXPECT_EQ(targets->error().code, Errc::access_denied);
}

TEST_F(AControl, answers_from_the_loop_even_where_the_connection_is_closed) {
  sd_bus_close(ours);
  perform(Verb::start);
  ASSERT_TRUE(answered());
  EXPECT_EQ(answer->error().code, Errc::unavailable);
}

}  // namespace
}  // namespace nova::systemd
