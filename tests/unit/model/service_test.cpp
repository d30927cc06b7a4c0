// SPDX-License-Identifier: Apache-2.0
#include "model/service.hpp"

#include <gtest/gtest.h>

#include "tests/unit/model/a_set.hpp"

namespace nova {
namespace {

ServiceFacts a_compute() {
  return {.id = compute,
          .binary = "nova-compute",
          .kind = Kind::compute,
          .unit = {.name = "nova-compute.service",
                   .load_state = "loaded",
                   .active_state = "active",
                   .freezer_state = "running"}};
}

TEST(ServiceId, FollowsFromHostBinaryAndInstanceAlone) {
  const Uuid host = number(1);
  EXPECT_EQ(service_id(host, "nova-compute", ""), service_id(host, "nova-compute", ""));
  EXPECT_NE(service_id(host, "nova-compute", ""), service_id(host, "nova-compute", "ironic"));
  EXPECT_NE(service_id(host, "nova-compute", ""), service_id(host, "nova-api", ""));
  EXPECT_NE(service_id(host, "nova-compute", ""), service_id(number(2), "nova-compute", ""));
}

TEST(StateOf, IsUpWhereSystemdSaysActiveAndNotFrozen) {
  UnitFacts unit{.active_state = "active", .freezer_state = "running"};
  EXPECT_EQ(state_of(unit), State::up);
  for (const char* up : {"reloading", "refreshing"}) {
    unit.active_state = up;
    EXPECT_EQ(state_of(unit), State::up) << up;
  }
  for (const char* down : {"inactive", "failed", "activating", "deactivating", ""}) {
    unit.active_state = down;
    EXPECT_EQ(state_of(unit), State::down) << down;
  }
  unit = {.active_state = "active"};
  for (const char* frozen : {"frozen", "freezing", "frozen-by-parent"}) {
    unit.freezer_state = frozen;
    EXPECT_EQ(state_of(unit), State::down) << frozen;
  }
}

TEST(Unfit, SaysWhatFitsInstead) {
  auto api = a_compute();
  api.kind = Kind::api;
  api.unit.name = "nova-api.service";
  const auto error = unfit(Verb::pause, api);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::not_supported);
  EXPECT_EQ(
      error->message,
      "cannot pause nova-api.service: services of kind api do not know it; what fits: start, stop, restart, "
      "suspend");
  EXPECT_FALSE(unfit(Verb::pause, a_compute()));
}

TEST(Unfit, AContainersClientCannotBeSuspended) {
  auto client = a_compute();
  client.unit.payload_elsewhere = true;
  const auto error = unfit(Verb::suspend, client);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message.find("what fits: ") + 11,
            error->message.find("pause, resume, start, stop, restart"));
  EXPECT_EQ(error->message.find("suspend,"), std::string::npos);
  EXPECT_FALSE(unfit(Verb::stop, client));
}

TEST(Unfit, OnlyActiveUnitsAreSuspendedAndMaskedOnesNotStarted) {
  auto stopped = a_compute();
  stopped.unit.active_state = "inactive";
  EXPECT_TRUE(unfit(Verb::suspend, stopped));
  EXPECT_FALSE(unfit(Verb::start, stopped));
  stopped.unit.unit_file_state = "masked";
  EXPECT_TRUE(unfit(Verb::start, stopped));
  EXPECT_TRUE(unfit(Verb::restart, stopped));
  EXPECT_FALSE(unfit(Verb::stop, stopped));
}

TEST(Unfit, AUnitOutsideThePolkitRuleMayStillBePaused) {
  auto foreign = a_compute();
  foreign.controllable = false;
  EXPECT_TRUE(unfit(Verb::stop, foreign));
  EXPECT_FALSE(unfit(Verb::pause, foreign));
}

TEST(PauseStateOf, IsPausedWhereEveryEnforcementAskedForAndConfiguredIsApplied) {
  const auto with = [](EnforcementState gate, EnforcementState scheduler, std::set<Enforcer> asked) {
    Hold hold = a_hold(1, "alice");
    hold.enforce = std::move(asked);
    return pause_state({hold}, {{.enforcer = Enforcer::gate, .state = gate},
                                {.enforcer = Enforcer::scheduler, .state = scheduler},
                                {.enforcer = Enforcer::user_actions}});
  };
  using enum EnforcementState;
  EXPECT_EQ(pause_state({}, unconfigured_enforcement()), (PauseState{}));
  EXPECT_EQ(with(unconfigured, unconfigured, all_enforcers()).phase, Phase::paused);
  EXPECT_EQ(with(applied, applied, all_enforcers()).phase, Phase::paused);
  EXPECT_EQ(with(applied, pending, all_enforcers()).phase, Phase::pausing);
  EXPECT_EQ(with(unavailable, applied, all_enforcers()).phase, Phase::pausing);
  EXPECT_EQ(with(applied, pending, {Enforcer::gate}).phase, Phase::paused)
      << "the scheduler was not asked for";
  EXPECT_FALSE(with(applied, pending, all_enforcers()).paused);
  EXPECT_TRUE(with(applied, pending, all_enforcers()).held);
}

}  // namespace
}  // namespace nova
