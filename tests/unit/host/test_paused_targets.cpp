// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/host/paused_targets.hpp"
#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using testing::ElementsAre;

TEST(PausedTargets, AreSetAtTheStartForWhatCanBePaused) {
  AHost host;
  PausedTargets targets(*host.agent, host.control, [](const std::string&, const Error&) {});
  host.agent->observe({}, host.now);
  host.agent->observe(host.units, host.now);
  EXPECT_THAT(host.control.log, ElementsAre("leave novahost-paused@nova-compute.target"));
}

TEST(PausedTargets, FollowThePauseAndTheResume) {
  AHost host;
  PausedTargets targets(*host.agent, host.control, [](const std::string&, const Error&) {});
  host.pause("alice");
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target"));
  host.control.finish();
  host.pause("bob");
  host.resume("alice");
  EXPECT_EQ(host.control.log.size(), 1U) << "still paused";
  host.resume("bob");
  EXPECT_EQ(host.control.log.back(), "leave novahost-paused@nova-compute.target");
}

TEST(PausedTargets, OneCallAtATimeAndThenTheLastWord) {
  AHost host;
  PausedTargets targets(*host.agent, host.control, [](const std::string&, const Error&) {});
  host.pause("alice");
  host.resume("alice");
  host.pause("alice");
  host.resume("alice");
  EXPECT_EQ(host.control.log.size(), 1U);
  host.control.finish();
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target",
                                            "leave novahost-paused@nova-compute.target"));
}

TEST(PausedTargets, ARefusalIsToldAndTheNextChangeTriesAgain) {
  AHost host;
  std::vector<std::string> failures;
  PausedTargets targets(*host.agent, host.control,
                        [&](const std::string& name, const Error&) { failures.push_back(name); });
  host.pause("alice");
  host.control.finish(fail(Errc::access_denied, "cannot start"));
  EXPECT_THAT(failures, ElementsAre("novahost-paused@nova-compute.target"));
  host.pause("bob");
  EXPECT_EQ(host.control.log.size(), 2U);
}

TEST(PausedTargets, OfAServiceThatIsGoneAreLeft) {
  AHost host;
  PausedTargets targets(*host.agent, host.control, [](const std::string&, const Error&) {});
  host.pause("alice");
  host.control.finish();
  host.agent->observe({}, host.now);
  EXPECT_EQ(host.control.log.back(), "leave novahost-paused@nova-compute.target");
}

TEST(PausedTargets, OfATemplatedUnitKeepItsInstance) {
  EXPECT_EQ(PausedTargets::target_of("devstack@n-cpu.service"), "novahost-paused@devstack@n-cpu.target");
}
