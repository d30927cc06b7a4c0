// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "daemon/systemd/watcher.hpp"
#include "tests/unit/systemd/fake_systemd.hpp"

namespace nova::systemd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* compute = "nova-compute.service";

struct AWatcher : ::testing::Test {
  testing::PrivateBus bus;
  testing::FakeSystemd systemd{bus};
  host::UnitNames names;
  sd_bus* ours = bus.connect();
  std::vector<host::FoundUnit> units;
  int deliveries = 0;
  std::vector<std::string> complaints;
  Watcher watcher{ours, bus.loop(), names,
                  [this](const auto& found) {
                    units = found;
                    ++deliveries;
                  },
                  [this](const Error& error) { complaints.push_back(error.message); }};

  AWatcher() { systemd.units[compute] = {}; }

  bool started() {
    return watcher.start() && bus.until([&] { return deliveries > 0; });
  }
  std::string state(std::size_t i = 0) const {
    return i < units.size() ? units[i].facts.name + " " + units[i].facts.active_state : "none";
  }
  bool shows(const std::string& wanted) {
    return bus.until([&] { return state() == wanted; });
  }
  /// A pass that was asked for has ended.
  void rest() {
    bool seen = false;
    watcher.refresh(compute, [&] { seen = true; });
    ASSERT_TRUE(bus.until([&] { return seen; }));
  }
};

TEST_F(AWatcher, subscribes_then_lists_then_reads) {
  ASSERT_TRUE(started());
  EXPECT_THAT(systemd.calls, ElementsAre("Subscribe", "ListUnitsByPatterns", "ListUnitFilesByPatterns",
                                         "GetAll nova-compute.service"));
  ASSERT_EQ(units.size(), 1U);
  const UnitFacts& facts = units[0].facts;
  EXPECT_EQ(facts.name, compute);
  EXPECT_EQ(facts.load_state, "loaded");
  EXPECT_EQ(facts.sub_state, "running");
  EXPECT_EQ(facts.unit_file_state, "enabled");
  EXPECT_EQ(facts.freezer_state, "running");
  EXPECT_EQ(facts.invocation_id, "ab01ff");
  EXPECT_EQ(facts.main_pid, 100U);
  EXPECT_EQ(facts.restarts, 2U);
  EXPECT_EQ(facts.since, WallTime{Millis{1'700'000'000'123}});
  EXPECT_THAT(facts.aliases, ElementsAre("nova-alias.service"));
  EXPECT_FALSE(facts.payload_elsewhere);
  EXPECT_EQ(units[0].kind, Kind::compute);
}

TEST_F(AWatcher, tells_that_a_unit_runs_only_a_container_s_client) {
  systemd.units[compute].command = {"/bin/sh", "-c", "docker start -a nova_compute"};
  ASSERT_TRUE(started());
  EXPECT_TRUE(units[0].facts.payload_elsewhere);
}

TEST_F(AWatcher, waits_for_a_systemd_that_is_not_there_yet) {
  testing::PrivateBus other;
  sd_bus* connection = other.connect();
  bool delivered = false;
  Watcher early{connection, other.loop(), names, [&](const auto&) { delivered = true; }, [](const Error&) {}};
  ASSERT_TRUE(early.start());
  other.settle();
  EXPECT_FALSE(delivered) << "nothing is known, so nothing may be told";
  testing::FakeSystemd late(other);
  EXPECT_TRUE(other.until([&] { return delivered; }));
}

TEST_F(AWatcher, is_not_woken_by_other_units_but_for_their_loading_and_decodes_nothing) {
  ASSERT_TRUE(started());
  const auto before = watcher.counters();
  for (int i = 0; i < 50; ++i) {
    systemd.unit_new("cron-7.service");
    systemd.changed("cron-7.service");
    systemd.unit_removed("cron-7.service");
  }
  bus.settle();
  const auto after = watcher.counters();
  EXPECT_EQ(after.signals - before.signals, 50U);
  EXPECT_EQ(after.lists, before.lists);
  EXPECT_EQ(after.reads, before.reads);
  EXPECT_EQ(after.decoded, before.decoded);
  EXPECT_EQ(after.deliveries, before.deliveries);
}

TEST_F(AWatcher, reads_a_unit_once_for_a_burst_of_changes_and_lists_nothing) {
  ASSERT_TRUE(started());
  const auto before = watcher.counters();
  systemd.units[compute].active = "failed";
  for (int i = 0; i < 50; ++i) systemd.changed(compute);
  ASSERT_TRUE(shows("nova-compute.service failed"));
  bus.settle();
  const auto after = watcher.counters();
  EXPECT_LE(after.reads - before.reads, 2U) << "one for the burst, one for what came during it";
  EXPECT_EQ(after.lists, before.lists);
}

TEST_F(AWatcher, delivers_only_what_differs) {
  ASSERT_TRUE(started());
  systemd.changed(compute);
  bus.settle();
  rest();
  EXPECT_EQ(deliveries, 1);
}

TEST_F(AWatcher, follows_a_unit_that_is_loaded_later) {
  systemd.units.clear();
  ASSERT_TRUE(started());
  EXPECT_EQ(units.size(), 0U);
  systemd.units["nova-api.service"] = {.active = "activating"};
  systemd.unit_new("nova-api.service");
  ASSERT_TRUE(shows("nova-api.service activating"));
  systemd.units["nova-api.service"].active = "active";
  systemd.changed("nova-api.service");
  EXPECT_TRUE(shows("nova-api.service active"));
}

TEST_F(AWatcher, shows_a_unit_that_systemd_forgot_as_long_as_there_is_its_file) {
  systemd.files["/lib/systemd/system/nova-compute.service"] = "disabled";
  ASSERT_TRUE(started());
  systemd.units.clear();
  systemd.unit_removed(compute);
  ASSERT_TRUE(shows("nova-compute.service inactive"));
  EXPECT_EQ(units[0].facts.load_state, "not-loaded");
  systemd.files.clear();
  systemd.files_changed();
  EXPECT_TRUE(shows("none"));
}

TEST_F(AWatcher, reads_a_unit_again_that_was_forgotten_and_loaded_in_one_go) {
  systemd.units[compute].pid = 100;
  ASSERT_TRUE(started());
  systemd.units[compute].pid = 200;  // the list looks the same
  systemd.unit_removed(compute);
  systemd.unit_new(compute);
  EXPECT_TRUE(bus.until([&] { return !units.empty() && units[0].facts.main_pid == 200; }));
}

TEST_F(AWatcher, follows_units_whose_names_need_escapes) {
  const std::string odd = "nova-compute@rack\\x2d2.service";
  systemd.units.clear();
  systemd.units[odd] = {};
  ASSERT_TRUE(started());
  systemd.units[odd].active = "failed";
  systemd.changed(odd);
  ASSERT_TRUE(shows(odd + " failed"));
  const auto before = watcher.counters();
  for (int i = 0; i < 10; ++i) systemd.unit_removed("cron-7.service");
  bus.settle();
  EXPECT_EQ(watcher.counters().signals, before.signals) << "other units' removals wake us";
  systemd.units.clear();
  systemd.unit_removed(odd);
  EXPECT_TRUE(shows("none"));
}

TEST_F(AWatcher, holds_while_systemd_reloads) {
  ASSERT_TRUE(started());
  systemd.reloading(true);
  systemd.units.clear();
  systemd.unit_removed(compute);
  bus.settle();
  bool seen = false;
  watcher.refresh(compute, [&] { seen = true; });
  bus.settle();
  EXPECT_EQ(state(), "nova-compute.service active");
  EXPECT_FALSE(seen);
  systemd.units[compute] = {};
  systemd.units[compute].pid = 200;
  systemd.reloading(false);
  ASSERT_TRUE(bus.until([&] { return units[0].facts.main_pid == 200; }));
  EXPECT_EQ(deliveries, 2) << "the gap in between was shown";
  EXPECT_TRUE(bus.until([&] { return seen; }));
}

TEST_F(AWatcher, starts_over_with_a_systemd_that_was_replaced) {
  ASSERT_TRUE(started());
  systemd.units[compute].pid = 200;
  systemd.calls.clear();
  systemd.replace();
  ASSERT_TRUE(bus.until([&] { return units[0].facts.main_pid == 200; }));
  EXPECT_EQ(systemd.calls.front(), "Subscribe");
  EXPECT_EQ(deliveries, 2);
  EXPECT_TRUE(complaints.empty());
  systemd.units[compute].active = "failed";
  systemd.changed(compute);
  EXPECT_TRUE(shows("nova-compute.service failed")) << "the new one's signals count";
}

TEST_F(AWatcher, does_not_wait_for_the_end_of_a_reload_of_a_systemd_that_is_gone) {
  ASSERT_TRUE(started());
  systemd.reloading(true);
  bus.settle();
  systemd.units[compute].pid = 200;
  systemd.replace();  // it crashed, or was replaced: there comes no Reloading(false)
  ASSERT_TRUE(bus.until([&] { return units[0].facts.main_pid == 200; }));
}

TEST_F(AWatcher, takes_a_signal_for_a_reason_not_to_wait_for_the_next_try) {
  // Many refusals, so that it would wait for seconds.
  for (int i = 0; i < 4; ++i) systemd.refusals.emplace("ListUnitsByPatterns", SD_BUS_ERROR_ACCESS_DENIED);
  ASSERT_TRUE(watcher.start());
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t refused = 2; refused <= 4; ++refused) {
    ASSERT_TRUE(bus.until([&] { return systemd.count("ListUnitsByPatterns refused") >= refused; }));
    bus.settle();
    systemd.unit_new("nova-api.service");
  }
  ASSERT_TRUE(bus.until([&] { return deliveries > 0; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds{2500});
}

TEST_F(AWatcher, tells_of_the_others_where_one_unit_cannot_be_read) {
  systemd.units["nova-api.service"] = {.active = "activating"};
  systemd.unreadable = {compute};
  ASSERT_TRUE(started());
  EXPECT_EQ(state(), "nova-api.service activating");
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0], HasSubstr("cannot read nova-compute.service"));
  systemd.units["nova-api.service"].active = "active";
  systemd.changed("nova-api.service");
  ASSERT_TRUE(shows("nova-api.service active"));
  bool seen = false;
  watcher.refresh(compute, [&] { seen = true; });
  EXPECT_TRUE(bus.until([&] { return seen; })) << "whoever waits for it is answered";
  EXPECT_EQ(complaints.size(), 1U);
  systemd.unreadable.clear();
  EXPECT_TRUE(shows("nova-api.service active") && bus.until([&] { return units.size() == 2; }))
      << "it is tried again by itself";
}

TEST_F(AWatcher, is_not_held_by_a_forged_signal) {
  ASSERT_TRUE(started());
  sd_bus* stranger = bus.connect();
  const char* us = nullptr;
  ASSERT_GE(sd_bus_get_unique_name(ours, &us), 0);
  testing::FakeSystemd::forge_reloading(stranger, us);
  bus.settle();
  systemd.units[compute].active = "failed";
  systemd.changed(compute);
  EXPECT_TRUE(shows("nova-compute.service failed"));
}

TEST_F(AWatcher, asks_again_without_a_word_when_a_unit_went_between_list_and_reading) {
  systemd.refusals.emplace("GetAll", SD_BUS_ERROR_UNKNOWN_OBJECT);
  ASSERT_TRUE(started());
  EXPECT_EQ(state(), "nova-compute.service active");
  EXPECT_TRUE(complaints.empty());
}

TEST_F(AWatcher, complains_of_a_systemd_that_keeps_refusing_and_goes_on_asking) {
  for (int i = 0; i < 2; ++i) systemd.refusals.emplace("ListUnitsByPatterns", SD_BUS_ERROR_ACCESS_DENIED);
  ASSERT_TRUE(started());
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0], HasSubstr("cannot list units: as the test wants it"));
}

TEST_F(AWatcher, subscribes_again_where_systemd_refused) {
  for (int i = 0; i < 2; ++i) systemd.refusals.emplace("Subscribe", SD_BUS_ERROR_NO_REPLY);
  ASSERT_TRUE(started());
  ASSERT_TRUE(bus.until([&] { return systemd.count("Subscribe") == 3; }));
  ASSERT_FALSE(complaints.empty());
  EXPECT_THAT(complaints[0], HasSubstr("cannot subscribe to systemd's signals"));
}

TEST_F(AWatcher, answers_a_refresh_with_what_systemd_said_after_it) {
  ASSERT_TRUE(started());
  systemd.units[compute].freezer = "frozen";
  std::string then;
  watcher.refresh(compute, [&] { then = units[0].facts.freezer_state; });
  ASSERT_TRUE(bus.until([&] { return !then.empty(); }));
  EXPECT_EQ(then, "frozen");
}

TEST_F(AWatcher, answers_a_refresh_of_a_unit_that_is_not_there) {
  ASSERT_TRUE(started());
  bool seen = false;
  watcher.refresh("nova-api.service", [&] { seen = true; });
  EXPECT_TRUE(bus.until([&] { return seen; }));
}

TEST_F(AWatcher, looks_again_at_a_freezer_that_is_between_its_states) {
  ASSERT_TRUE(started());
  systemd.units[compute].freezer = "freezing";
  systemd.changed(compute);
  ASSERT_TRUE(bus.until([&] { return units[0].facts.freezer_state == "freezing"; }));
  systemd.units[compute].freezer = "frozen";
  EXPECT_TRUE(bus.until([&] { return units[0].facts.freezer_state == "frozen"; })) << "252 sends no signal";
}

}  // namespace
}  // namespace nova::systemd
