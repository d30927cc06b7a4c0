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

TEST(StateOf, DoesNotFollowTheFreezerOfAContainersClient) {
  const UnitFacts client{.active_state = "active", .freezer_state = "frozen", .payload_elsewhere = true};
  EXPECT_EQ(state_of(client), State::up) << "Nova runs on, in the engine's control group";
}

TEST(Frozen, IsWhatTheFreezerHoldsOrIsAboutTo) {
  for (const char* frozen : {"frozen", "freezing", "frozen-by-parent", "freezing-by-parent"})
    EXPECT_TRUE(is_frozen(frozen)) << frozen;
  for (const char* running : {"running", "thawing", "", "fr"}) EXPECT_FALSE(is_frozen(running)) << running;
}

/// Everything that is said to somebody who asks for a verb that does not fit; "" where it fits.
std::string refusal(Verb verb, const ServiceFacts& service) {
  const auto error = unfit(verb, service);
  EXPECT_TRUE(!error || error->code == Errc::not_supported);
  return error ? error->message : "";
}

TEST(Unfit, AKindThatDoesNotKnowTheVerb) {
  auto api = a_compute();
  api.kind = Kind::api;
  api.unit.name = "nova-api.service";
  EXPECT_EQ(refusal(Verb::pause, api),
            "cannot pause nova-api.service: services of kind api do not know it; "
            "what fits: start, stop, restart, suspend");
  EXPECT_EQ(refusal(Verb::pause, a_compute()), "");
}

TEST(Unfit, AContainersClientCannotBeSuspended) {
  auto client = a_compute();
  client.unit.payload_elsewhere = true;
  EXPECT_EQ(
      refusal(Verb::suspend, client),
      "cannot suspend nova-compute.service: its unit runs only a container engine's client, freezing that "
      "would not stop Nova; what fits: pause, resume, start, stop, restart");
  EXPECT_EQ(refusal(Verb::stop, client), "");
}

TEST(Unfit, OnlyActiveUnitsAreSuspended) {
  auto unit = a_compute();
  for (const char* state : {"inactive", "failed", "activating", "deactivating"}) {
    unit.unit.active_state = state;
    EXPECT_EQ(refusal(Verb::suspend, unit),
              std::string("cannot suspend nova-compute.service: it is ") + state +
                  ", only an active unit can be suspended; what fits: pause, resume, start, stop, restart");
    EXPECT_EQ(refusal(Verb::start, unit), "");
  }
  unit.unit.active_state = "";
  EXPECT_EQ(refusal(Verb::suspend, unit),
            "cannot suspend nova-compute.service: it is not loaded, only an active unit can be suspended; "
            "what fits: pause, resume, start, stop, restart");
}

TEST(Unfit, MaskedUnitsAreNotStarted) {
  for (const char* mask : {"masked", "masked-runtime"}) {
    auto masked = a_compute();
    masked.unit.active_state = "inactive";
    masked.unit.unit_file_state = mask;
    EXPECT_EQ(refusal(Verb::start, masked),
              "cannot start nova-compute.service: the unit is masked; what fits: pause, resume, stop");
    EXPECT_EQ(refusal(Verb::restart, masked),
              "cannot restart nova-compute.service: the unit is masked; what fits: pause, resume, stop");
    EXPECT_EQ(refusal(Verb::stop, masked), "");
  }
  auto loaded = a_compute();
  loaded.unit.load_state = "masked";
  EXPECT_EQ(
      refusal(Verb::restart, loaded),
      "cannot restart nova-compute.service: the unit is masked; what fits: pause, resume, stop, suspend");
}

TEST(Unfit, AUnitWithoutAFileRunsOnButIsNotStartedAgain) {
  auto gone = a_compute();
  gone.unit.load_state = "not-found";
  EXPECT_EQ(
      refusal(Verb::restart, gone),
      "cannot restart nova-compute.service: its unit file is gone; what fits: pause, resume, stop, suspend");
}

TEST(Unfit, AUnitOutsideThePolkitRuleMayStillBePaused) {
  auto foreign = a_compute();
  foreign.controllable = false;
  for (const Verb verb : {Verb::start, Verb::stop, Verb::restart, Verb::suspend})
    EXPECT_EQ(refusal(verb, foreign),
              "cannot " + std::string(to_string(verb)) +
                  " nova-compute.service: the unit is outside the installed polkit rule (see novahostd "
                  "--polkit-rule); what fits: pause, resume");
  EXPECT_EQ(refusal(Verb::pause, foreign), "");
  foreign.kind = Kind::scheduler;
  EXPECT_EQ(refusal(Verb::stop, foreign),
            "cannot stop nova-compute.service: the unit is outside the installed polkit rule (see novahostd "
            "--polkit-rule); nothing fits");
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
