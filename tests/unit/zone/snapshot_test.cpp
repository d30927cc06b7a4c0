// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

TEST(Snapshots, share_everything_but_the_host_that_changed) {
  Stage s;
  HostSim compute1(1, "compute1");
  HostSim compute2(2, "compute2");
  s.join(compute1);
  s.join(compute2);
  const auto before = s.seen();
  compute2.compute().unit.active_state = "failed";
  s.exchange(compute2, compute2.changed());
  const auto after = s.seen();
  ASSERT_NE(before, after);
  EXPECT_EQ(before->generation + 1, after->generation);
  EXPECT_EQ(before->index, after->index) << "nothing came or went";
  EXPECT_EQ(before->hosts[0], after->hosts[0]) << "compute1 is the very same object";
  EXPECT_NE(before->hosts[1], after->hosts[1]);
  EXPECT_EQ(before->hosts[1]->generation + 1, after->hosts[1]->generation);
  EXPECT_EQ(before->find_service(compute2.service())->state, State::up)
      << "a reader's snapshot never changes";
}

TEST(Snapshots, are_sorted_by_name_and_found_by_name_and_id) {
  Stage s;
  HostSim zeta(1, "zeta");
  HostSim alpha(2, "alpha");
  s.join(zeta);
  s.join(alpha);
  const auto seen = s.seen();
  EXPECT_EQ(seen->hosts[0]->name, "alpha");
  EXPECT_EQ(seen->find_host("zeta")->id, zeta.id_);
  EXPECT_EQ(seen->find_host(to_string(zeta.id_))->id, zeta.id_);
  EXPECT_EQ(seen->find_host("Zeta"), nullptr) << "names are matched exactly";
  EXPECT_EQ(seen->find_host(to_string(id(9))), nullptr);
  const HostView* host = nullptr;
  ASSERT_NE(seen->find_service(alpha.service(), &host), nullptr);
  EXPECT_EQ(host->name, "alpha");
}

TEST(Snapshots, sort_services_by_binary) {
  Stage s;
  HostSim control(1, "control");
  control.add("nova-scheduler", Kind::scheduler);
  control.add("nova-api", Kind::api);
  s.join(control);
  std::vector<std::string> binaries;
  for (const auto& service : s.host("control")->services) binaries.push_back(service.facts.binary);
  EXPECT_THAT(binaries, testing::ElementsAre("nova-api", "nova-compute", "nova-scheduler"));
}

TEST(Snapshots, only_compute_has_enforcements) {
  Stage s;
  HostSim control(1, "control");
  control.add("nova-api", Kind::api);
  s.join(control);
  EXPECT_EQ(s.service(control).enforcement.size(), 3u);
  EXPECT_TRUE(s.seen()->find_service(control.services_[1].id)->enforcement.empty());
}

TEST(Snapshots, of_a_zone_without_hosts_are_empty_and_not_null) {
  Stage s;
  ASSERT_NE(s.seen(), nullptr);
  EXPECT_TRUE(s.seen()->hosts.empty());
  EXPECT_EQ(s.seen()->find_host("x"), nullptr);
  EXPECT_EQ(s.seen(), s.seen());
}

}  // namespace
}  // namespace nova::zone::stage
