// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/host/unit_names.hpp"

namespace nova::host {
namespace {

struct Row {
  const char* unit;
  const char* binary;
  const char* instance;
  Kind kind;
};

// Each block is one way to deploy Nova.
constexpr Row rows[] = {
    // Debian and Ubuntu
    {"nova-api.service", "nova-api", "", Kind::api},
    {"nova-api-metadata.service", "nova-api-metadata", "", Kind::metadata},
    {"nova-compute.service", "nova-compute", "", Kind::compute},
    {"nova-conductor.service", "nova-conductor", "", Kind::conductor},
    {"nova-scheduler.service", "nova-scheduler", "", Kind::scheduler},
    {"nova-novncproxy.service", "nova-novncproxy", "", Kind::console_proxy},
    {"nova-serialproxy.service", "nova-serialproxy", "", Kind::console_proxy},
    {"nova-spicehtml5proxy.service", "nova-spicehtml5proxy", "", Kind::console_proxy},
    // RDO and SUSE
    {"openstack-nova-api.service", "nova-api", "", Kind::api},
    {"openstack-nova-compute.service", "nova-compute", "", Kind::compute},
    {"openstack-nova-conductor.service", "nova-conductor", "", Kind::conductor},
    {"openstack-nova-scheduler.service", "nova-scheduler", "", Kind::scheduler},
    {"openstack-nova-novncproxy.service", "nova-novncproxy", "", Kind::console_proxy},
    {"openstack-nova-metadata-api.service", "nova-api-metadata", "", Kind::metadata},
    {"openstack-nova-os-compute-api.service", "nova-api-os-compute", "", Kind::api},
    // DevStack
    {"devstack@n-cpu.service", "nova-compute", "", Kind::compute},
    {"devstack@n-cpu-3.service", "nova-compute", "3", Kind::compute},
    {"devstack@n-api.service", "nova-api", "", Kind::api},
    {"devstack@n-api-meta.service", "nova-api-metadata", "", Kind::metadata},
    {"devstack@n-sch.service", "nova-scheduler", "", Kind::scheduler},
    {"devstack@n-cond.service", "nova-conductor", "", Kind::conductor},
    {"devstack@n-super-cond.service", "nova-conductor", "super", Kind::conductor},
    {"devstack@n-cond-cell1.service", "nova-conductor", "cell1", Kind::conductor},
    {"devstack@n-novnc.service", "nova-novncproxy", "", Kind::console_proxy},
    {"devstack@n-novnc-cell1.service", "nova-novncproxy", "cell1", Kind::console_proxy},
    {"devstack@n-spice.service", "nova-spicehtml5proxy", "", Kind::console_proxy},
    {"devstack@n-spice-cell2.service", "nova-spicehtml5proxy", "cell2", Kind::console_proxy},
    {"devstack@n-sproxy.service", "nova-serialproxy", "", Kind::console_proxy},
    {"devstack@n-sproxy-cell1.service", "nova-serialproxy", "cell1", Kind::console_proxy},
    // Kolla
    {"kolla-nova_api-container.service", "nova-api", "", Kind::api},
    {"kolla-nova_metadata-container.service", "nova-api-metadata", "", Kind::metadata},
    {"kolla-nova_super_conductor-container.service", "nova-conductor", "super", Kind::conductor},
    {"kolla-nova_conductor-container.service", "nova-conductor", "", Kind::conductor},
    {"kolla-nova_scheduler-container.service", "nova-scheduler", "", Kind::scheduler},
    {"kolla-nova_compute-container.service", "nova-compute", "", Kind::compute},
    {"kolla-nova_compute_ironic-container.service", "nova-compute", "ironic", Kind::compute},
    {"kolla-nova_compute_fake_1-container.service", "nova-compute", "fake-1", Kind::compute},
    {"kolla-nova_novncproxy-container.service", "nova-novncproxy", "", Kind::console_proxy},
    {"kolla-nova_serialproxy-container.service", "nova-serialproxy", "", Kind::console_proxy},
    {"kolla-nova_spicehtml5proxy-container.service", "nova-spicehtml5proxy", "", Kind::console_proxy},
    // TripleO
    {"tripleo_nova_api.service", "nova-api", "", Kind::api},
    {"tripleo_nova_metadata.service", "nova-api-metadata", "", Kind::metadata},
    {"tripleo_nova_compute.service", "nova-compute", "", Kind::compute},
    {"tripleo_nova_conductor.service", "nova-conductor", "", Kind::conductor},
    {"tripleo_nova_scheduler.service", "nova-scheduler", "", Kind::scheduler},
    {"tripleo_nova_vnc_proxy.service", "nova-novncproxy", "", Kind::console_proxy},
    // EDPM
    {"edpm_nova_compute.service", "nova-compute", "", Kind::compute},
    // openstack-ansible
    {"nova-api-os-compute.service", "nova-api-os-compute", "", Kind::api},
    {"nova-spiceproxy.service", "nova-spicehtml5proxy", "", Kind::console_proxy},
    // snaps
    {"snap.openstack-hypervisor.nova-compute.service", "nova-compute", "", Kind::compute},
    {"snap.openstack-hypervisor.nova-api-metadata.service", "nova-api-metadata", "", Kind::metadata},
    {"snap.microstack.nova-conductor.service", "nova-conductor", "", Kind::conductor},
    {"snap.microstack.nova-spicehtml5proxy.service", "nova-spicehtml5proxy", "", Kind::console_proxy},
    // Several of one binary by a template
    {"nova-compute@ironic.service", "nova-compute", "ironic", Kind::compute},
    {"openstack-nova-conductor@cell1.service", "nova-conductor", "cell1", Kind::conductor},
    {"nova-compute@rack\\x2d2.service", "nova-compute", "rack\\x2d2", Kind::compute},
    {"nova-compute@a@b.service", "nova-compute", "a@b", Kind::compute},
    {"devstack@n-cpu-a@b.service", "nova-compute", "a@b", Kind::compute},
};

bool listed(const UnitNames& names, const char* unit) {
  return std::ranges::any_of(
      names.globs(), [&](const std::string& glob) { return fnmatch(glob.c_str(), unit, FNM_NOESCAPE) == 0; });
}

TEST(UnitNames, know_every_name_in_the_wild) {
  const UnitNames names;
  for (const Row& row : rows) {
    const auto found = names.identify(row.unit);
    ASSERT_TRUE(found) << row.unit;
    const std::string_view unit = row.unit;
    const bool container =
        unit.starts_with("kolla-") || unit.starts_with("tripleo_") || unit.starts_with("edpm_");
    EXPECT_EQ(*found, (UnitName{row.binary, row.instance, row.kind, true, container})) << row.unit;
    EXPECT_TRUE(listed(names, row.unit)) << row.unit << " is known, but systemd is not asked for it";
  }
}

TEST(UnitNames, ask_systemd_for_the_templates_of_their_instances_too) {
  const auto names = UnitNames::make({{"cloud@cpu-*.service", "nova-compute", false}}, {});
  ASSERT_TRUE(names);
  for (const char* of : {"nova-compute@.service", "openstack-nova-conductor@.service", "devstack@.service",
                         "cloud@.service"}) {
    EXPECT_TRUE(listed(*names, of)) << of;
    EXPECT_FALSE(names->identify(of)) << of;
  }
}

TEST(UnitNames, leave_what_is_beside_nova_alone) {
  const UnitNames names;
  for (const char* unit : {
           "kolla-nova_libvirt-container.service",
           "kolla-nova_ssh-container.service",
           "kolla-nova_api.service",
           "kolla-nova_compute_a@b-container.service",
           "kolla-neutron_server-container.service",
           "tripleo_nova_api_healthcheck.service",
           "tripleo_nova_compute_healthcheck.service",
           "tripleo_nova_api_cron.service",
           "tripleo_nova_libvirt.service",
           "tripleo_nova_virtlogd.service",
           "tripleo_nova_virtlogd_wrapper.service",
           "tripleo_nova_migration_target.service",
           "edpm_nova_compute_healthcheck.service",
           "edpm_libvirt.service",
           "nova-archive-deleted.service",
           "nova-purge-deleted.service",
           "nova-compute.timer",
           "nova-compute",
           "nova-compute@.service",
           "nova-compute-kvm.service",
           "nova-.service",
           "devstack@n-cauth.service",
           "devstack@n-cpu-.service",
           "devstack@n-cpux.service",
           "devstack@n-api-cfn.service",
           "devstack@q-svc.service",
           "snap.microstack.neutron-api.service",
           "snap.openstack-hypervisor.libvirtd.service",
           "snap.other.nova-compute.service",
           "novahostd.service",
           "novahost-pause@nova-compute.service",
           "novazoned.service",
           "ssh.service",
           "",
       })
    EXPECT_FALSE(names.identify(unit)) << unit;
}

TEST(UnitNames, take_further_patterns_from_the_configuration) {
  const auto names = UnitNames::make(
      {{"acme-hypervisor*.service", "nova-compute", false}, {"metadata.service", "nova-api-metadata", true}},
      {});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->identify("acme-hypervisor.service"), (UnitName{"nova-compute", "", Kind::compute, false}));
  EXPECT_EQ(names->identify("acme-hypervisor-2.service"),
            (UnitName{"nova-compute", "2", Kind::compute, false}));
  EXPECT_EQ(names->identify("metadata.service"), (UnitName{"nova-api-metadata", "", Kind::metadata, true}));
  EXPECT_EQ(names->identify("nova-compute.service"), (UnitName{"nova-compute", "", Kind::compute, true}));
  EXPECT_TRUE(listed(*names, "acme-hypervisor-2.service"));
}

TEST(UnitNames, let_a_configured_pattern_win_over_a_built_in_name) {
  const auto names = UnitNames::make({{"nova-compute.service", "nova-scheduler", false}}, {});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->identify("nova-compute.service")->binary, "nova-scheduler");
}

TEST(UnitNames, let_an_exclusion_win_over_everything) {
  const auto names =
      UnitNames::make({{"acme*.service", "nova-compute", true}}, {"acme-old.service", "nova-*proxy.service"});
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->identify("acme-new.service"));
  EXPECT_FALSE(names->identify("acme-old.service"));
  EXPECT_FALSE(names->identify("nova-novncproxy.service"));
  EXPECT_TRUE(names->identify("nova-compute.service"));
}

TEST(UnitNames, never_take_our_own_units_however_broad_a_pattern) {
  const auto names = UnitNames::make({{"n*.service", "nova-compute", true}}, {});
  ASSERT_TRUE(names);
  EXPECT_FALSE(names->identify("novahostd.service"));
  EXPECT_FALSE(names->identify("novahost-pause@nova-compute.service"));
}

TEST(UnitNames, refuse_patterns_that_cannot_be_meant) {
  const auto refused = [](std::string glob, std::string binary) {
    auto names = UnitNames::make({{std::move(glob), std::move(binary), false}}, {});
    EXPECT_FALSE(names);
    EXPECT_EQ(names.error().field, "Pattern");
    return names.error().message;
  };
  using testing::HasSubstr;
  EXPECT_THAT(refused("acme", "nova-compute"), HasSubstr("has to end in .service"));
  EXPECT_THAT(refused("*.service", "nova-compute"), HasSubstr("begin with a letter"));
  EXPECT_THAT(refused(".service", "nova-compute"), HasSubstr("begin with a letter"));
  EXPECT_THAT(refused("acme corp.service", "nova-compute"), HasSubstr("are allowed"));
  EXPECT_THAT(refused("acme/../x.service", "nova-compute"), HasSubstr("are allowed"));
  EXPECT_THAT(refused(std::string(250, 'a') + ".service", "nova-compute"), HasSubstr("255"));
  EXPECT_THAT(refused("acme.service", "nova-cells"), HasSubstr("nova-conductor, nova-scheduler"));
  const auto excluded = UnitNames::make({}, {"acme"});
  ASSERT_FALSE(excluded);
  EXPECT_EQ(excluded.error().field, "Exclude");
}

TEST(UnitNames, have_a_kind_for_every_binary) {
  for (std::string_view binary : binaries()) EXPECT_TRUE(kind_of(binary)) << binary;
  EXPECT_FALSE(kind_of("nova"));
}

}  // namespace
}  // namespace nova::host
