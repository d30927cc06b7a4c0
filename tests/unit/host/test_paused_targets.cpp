// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/host/paused_targets.hpp"
#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace nova::host;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr const char* target = "novahost-paused@nova-compute.target";

/// The targets of a host, with the time that they wait in the test's hands.
struct ATargetFollower : AHost {
  std::vector<std::string> failures;
  std::vector<std::pair<Millis, std::function<void()>>> waits;
  std::unique_ptr<PausedTargets> targets;

  void follow(const std::vector<std::string>& active_already = {}) {
    targets = std::make_unique<PausedTargets>(
        *agent,
        PausedTargets::Ports{
            control, [this](const std::string& name, const Error&) { failures.push_back(name); },
            [this](Millis time, std::function<void()> then) { waits.emplace_back(time, std::move(then)); }});
    control.listing(active_already);
  }
  void refuse() { control.finish(fail(Errc::access_denied, "cannot start")); }
  Millis wait() {
    auto [time, then] = std::move(waits.back());
    waits.pop_back();
    then();
    return time;
  }
};

}  // namespace

TEST(PausedTargets, AreReachedAtTheStartForWhatIsPausedAlready) {
  ATargetFollower host;
  host.units[0].facts.active_state = "inactive";  // so nothing else will happen to it
  host.pause("alice");
  host.start();
  host.follow();
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target"));
}

TEST(PausedTargets, AreLeftAtTheStartWhereThePauseEndedMeanwhile) {
  ATargetFollower host;
  host.follow({target, "novahost-paused@kolla-nova_compute-container.target"});
  EXPECT_THAT(host.control.log, ElementsAre("leave novahost-paused@kolla-nova_compute-container.target",
                                            "leave novahost-paused@nova-compute.target"));
}

TEST(PausedTargets, AreNotTouchedAtTheStartWhereTheyAreAsTheyShouldBe) {
  ATargetFollower host;
  host.follow();
  EXPECT_THAT(host.control.log, IsEmpty());
  ATargetFollower paused;
  paused.pause("alice");
  paused.follow({target});
  EXPECT_THAT(paused.control.log, IsEmpty());
}

TEST(PausedTargets, FollowEvenWhereSystemdDoesNotSayWhichAreActive) {
  ATargetFollower host;
  host.pause("alice");
  host.targets = std::make_unique<PausedTargets>(
      *host.agent, PausedTargets::Ports{host.control, [](const std::string&, const Error&) {},
                                        [&](Millis time, std::function<void()> then) {
                                          host.waits.emplace_back(time, std::move(then));
                                        }});
  host.control.listing(fail(Errc::unavailable, "no answer"));
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target"));
  host.wait();
  host.control.listing(std::vector<std::string>{"novahost-paused@gone.target"});
  EXPECT_EQ(host.control.log.back(), "leave novahost-paused@gone.target");
}

TEST(PausedTargets, AreForWhatCanBePausedOnly) {
  ATargetFollower host;
  host.follow({"novahost-paused@nova-api.target"});
  host.control.log.clear();
  host.agent->observe({}, host.now);
  host.agent->observe(host.units, host.now);
  EXPECT_THAT(host.control.log, IsEmpty());
}

TEST(PausedTargets, FollowThePauseAndTheResume) {
  ATargetFollower host;
  host.follow();
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
  ATargetFollower host;
  host.follow();
  host.pause("alice");
  host.resume("alice");
  host.pause("alice");
  host.resume("alice");
  EXPECT_EQ(host.control.log.size(), 1U);
  host.control.finish();
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target",
                                            "leave novahost-paused@nova-compute.target"));
}

TEST(PausedTargets, ARefusalIsToldOnceAndTriedAgainAfterAWhile) {
  ATargetFollower host;
  host.follow();
  host.pause("alice");
  host.refuse();
  for (const Millis time : {5s, 10s, 20s, 30s, 30s}) {
    ASSERT_EQ(host.waits.size(), 1U);
    EXPECT_EQ(host.wait(), time);
    host.refuse();
  }
  EXPECT_THAT(host.failures, ElementsAre(target));
  host.wait();
  host.control.finish();
  EXPECT_THAT(host.waits, IsEmpty());
  EXPECT_EQ(host.control.log.size(), 7U);
}

TEST(PausedTargets, AChangeDoesNotWaitForTheNextTry) {
  ATargetFollower host;
  host.follow();
  host.pause("alice");
  host.refuse();
  host.pause("bob");
  EXPECT_EQ(host.control.log.size(), 2U);
}

TEST(PausedTargets, OfAServiceThatIsGoneAreLeft) {
  ATargetFollower host;
  host.follow();
  host.pause("alice");
  host.control.finish();
  host.agent->observe({}, host.now);
  EXPECT_EQ(host.control.log.back(), "leave novahost-paused@nova-compute.target");
}

TEST(PausedTargets, GoWithTheUnitThatStandsForTheService) {
  ATargetFollower host;
  host.follow();
  host.pause("alice");
  host.control.finish();
  host.units[0].facts.name = "openstack-nova-compute.service";
  host.agent->observe(host.units, host.now);
  EXPECT_THAT(host.control.log, ElementsAre("reach novahost-paused@nova-compute.target",
                                            "leave novahost-paused@nova-compute.target",
                                            "reach novahost-paused@openstack-nova-compute.target"));
}

TEST(PausedTargets, OfATemplatedUnitKeepItsInstance) {
  EXPECT_EQ(PausedTargets::target_of("devstack@n-cpu.service"), "novahost-paused@devstack@n-cpu.target");
}
