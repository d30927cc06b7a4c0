// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using What = Change::What;

namespace {

Host empty_host() {
  return Host(host_id, {}, HoldSet(WallTime{}));
}

const Uuid compute_id = service_id(host_id, "nova-compute", "");

Hold a_hold() {
  return {.id = name_uuid(host_id, "hold"),
          .service = compute_id,
          .owner = "alice",
          .actor = "alice",
          .reason = "x",
          .since = WallTime{},
          .recorded = WallTime{},
          .until = {},
          .door = Door::bus,
          .enforce = all_enforcers()};
}

}  // namespace

TEST(Discovery, ANewUnitIsAServiceAddedOnce) {
  auto host = empty_host();
  EXPECT_EQ(host.observe({running("nova-compute", Kind::compute)}),
            (Changes{{What::added, compute_id, true, false}}));
  EXPECT_EQ(host.observe({running("nova-compute", Kind::compute)}), Changes{});
  EXPECT_EQ(host.find(compute_id)->pause.phase, Phase::open);
}

TEST(Discovery, AChangedUnitIsAChangeOfTheUnitOnly) {
  auto host = empty_host();
  auto unit = running("nova-compute", Kind::compute);
  host.observe({unit});
  unit.facts.active_state = "failed";
  EXPECT_EQ(host.observe({unit}), (Changes{{What::changed, compute_id, true, false}}));
  EXPECT_EQ(host.find(compute_id)->facts.unit.active_state, "failed");
}

TEST(Discovery, AUnitThatIsGoneIsRemovedAndItsHoldsWaitForIt) {
  auto host = empty_host();
  host.observe({running("nova-compute", Kind::compute)});
  host.apply({{a_hold()}, {}});
  EXPECT_EQ(host.observe({}), (Changes{{What::removed, compute_id, true, true}}));
  EXPECT_EQ(host.find(compute_id), nullptr);
  EXPECT_EQ(host.observe({running("nova-compute", Kind::compute)}),
            (Changes{{What::added, compute_id, true, true}}));
  EXPECT_TRUE(host.find(compute_id)->pause.held);
}

TEST(Discovery, OfTwoUnitsOfOneBinaryTheRunningOneStandsForTheService) {
  auto host = empty_host();
  auto old = running("nova-compute", Kind::compute, "nova-compute.service");
  old.facts.active_state = "inactive";
  const auto kolla = running("nova-compute", Kind::compute, "kolla-nova_compute-container.service");
  host.observe({old, kolla});
  const Service* service = host.find(compute_id);
  EXPECT_EQ(service->facts.unit.name, "kolla-nova_compute-container.service");
  EXPECT_EQ(service->shadowed, std::vector<std::string>{"nova-compute.service"});
}

TEST(Discovery, ADisabledLeftoverDoesNotTakeThePlaceOfAStoppedServiceByItsName) {
  for (const char* deployed : {"tripleo_nova_compute.service", "openstack-nova-compute.service"}) {
    auto host = empty_host();
    auto leftover = running("nova-compute", Kind::compute, "nova-compute.service");
    leftover.facts.active_state = "inactive";
    leftover.facts.unit_file_state = "disabled";
    auto unit = running("nova-compute", Kind::compute, deployed);
    host.observe({leftover, unit});
    unit.facts.active_state = "inactive";
    host.observe({leftover, unit});
    EXPECT_EQ(host.find(compute_id)->facts.unit.name, deployed);
    auto after_boot = empty_host();
    after_boot.observe({leftover, unit});
    EXPECT_EQ(after_boot.find(compute_id)->facts.unit.name, deployed);
  }
}

TEST(Discovery, OfUnitsThatAreAlikeTheOneThatStandsForTheServiceStays) {
  auto host = empty_host();
  auto first = running("nova-compute", Kind::compute, "a-nova-compute.service");
  auto second = running("nova-compute", Kind::compute, "openstack-nova-compute.service");
  first.facts.active_state = "inactive";
  host.observe({first, second});
  second.facts.active_state = "inactive";
  second.facts.load_state = "not-loaded";
  host.observe({first, second});
  EXPECT_EQ(host.find(compute_id)->facts.unit.name, "openstack-nova-compute.service");
  first.facts.active_state = "active";
  host.observe({first, second});
  EXPECT_EQ(host.find(compute_id)->facts.unit.name, "a-nova-compute.service");
}

TEST(Discovery, AServiceIsFoundByItsUnitAndByItsAliases) {
  auto host = empty_host();
  auto unit = running("nova-api-os-compute", Kind::api);
  unit.facts.aliases = {"nova-api.service"};
  host.observe({unit});
  EXPECT_NE(host.find_unit("nova-api.service"), nullptr);
  EXPECT_NE(host.find_unit("nova-api-os-compute.service"), nullptr);
  EXPECT_EQ(host.find_unit("nova-compute.service"), nullptr);
}

TEST(Enforcement, PendingMakesAHeldServicePausingUntilItIsApplied) {
  auto host = empty_host();
  host.observe({running("nova-compute", Kind::compute)});
  host.apply({{a_hold()}, {}});
  EXPECT_TRUE(host.find(compute_id)->pause.paused) << "nothing is configured, so nothing is waited for";
  auto enforcement = unconfigured_enforcement();
  enforcement[1].state = EnforcementState::pending;
  EXPECT_EQ(host.observe_enforcement(compute_id, enforcement),
            (Changes{{What::changed, compute_id, false, true}}));
  EXPECT_EQ(host.find(compute_id)->pause.phase, Phase::pausing);
  enforcement[1].state = EnforcementState::applied;
  host.observe_enforcement(compute_id, enforcement);
  EXPECT_EQ(host.find(compute_id)->pause.phase, Phase::paused);
  EXPECT_EQ(host.observe_enforcement(compute_id, enforcement), Changes{});
}

TEST(Enforcement, OfAnUnknownServiceIsNoChange) {
  auto host = empty_host();
  EXPECT_EQ(host.observe_enforcement(compute_id, unconfigured_enforcement()), Changes{});
}
