// SPDX-License-Identifier: Apache-2.0
// The packaged rule and discovery have to agree: what is shown as controllable is what the rule grants.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "daemon/host/unit_names.hpp"
#include "daemon/polkit_rule.hpp"

using namespace nova;

namespace {

std::string packaged_rule() {
  std::ifstream in(NOVA_SOURCE_DIR "/dbus/49-novahost.rules");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The value of `var NAME = "…" + "…";`, as JavaScript reads it.
std::string text_of(const std::string& script, const std::string& name) {
  const auto begin = script.find("var " + name + " = ");
  const auto end = script.find(';', begin);
  std::string out;
  bool inside = false;
  for (auto i = begin; i < end; ++i) {
    if (script[i] == '"')
      inside = !inside;
    else if (inside && script[i] == '\\')
      out += script[++i];
    else if (inside)
      out += script[i];
  }
  return out;
}

/// The expression that the packaged rule builds for services.
std::regex service_expression() {
  const std::string rule = packaged_rule();
  const std::string binary = text_of(rule, "binary");
  const std::string container = std::regex_replace(binary, std::regex("-"), "_");
  const std::string instance = text_of(rule, "instance");
  std::string names;
  const auto list_begin = rule.find("var names = [");
  std::string list = rule.substr(list_begin, rule.find("];", list_begin) - list_begin);
  list = std::regex_replace(list, std::regex("\" \\+ binary \\+ instance"), binary + "\x01\"");
  // Substituted as the script does it, entry by entry.
  std::regex entry("\"([^\"]*)\"( \\+ container( \\+ \"([^\"]*)\")?)?");
  for (std::sregex_iterator match(list.begin(), list.end(), entry), end; match != end; ++match) {
    std::string one = (*match)[1];
    if ((*match)[2].matched) one += container + (*match)[4].str();
    one = std::regex_replace(one, std::regex("\x01"), instance);
    one = std::regex_replace(one, std::regex(R"(\\\\)"), R"(\)");
    names += (names.empty() ? "" : "|") + one;
  }
  return std::regex("^(" + names + ")\\.service$");
}

}  // namespace

TEST(PackagedRule, GrantsWhatDiscoveryCallsControllable) {
  const auto expression = service_expression();
  const host::UnitNames names;
  for (const char* unit : {"nova-compute.service",
                           "nova-api.service",
                           "nova-api-metadata.service",
                           "nova-conductor.service",
                           "nova-scheduler.service",
                           "nova-novncproxy.service",
                           "nova-serialproxy.service",
                           "nova-spicehtml5proxy.service",
                           "openstack-nova-compute.service",
                           "openstack-nova-metadata-api.service",
                           "openstack-nova-os-compute-api.service",
                           "devstack@n-cpu.service",
                           "devstack@n-cpu-2.service",
                           "devstack@n-api.service",
                           "devstack@n-api-meta.service",
                           "devstack@n-sch.service",
                           "devstack@n-super-cond.service",
                           "devstack@n-cond-cell1.service",
                           "devstack@n-novnc-cell1.service",
                           "kolla-nova_compute-container.service",
                           "kolla-nova_super_conductor-container.service",
                           "kolla-nova_compute_ironic-container.service",
                           "kolla-nova_compute_fake_1-container.service",
                           "tripleo_nova_vnc_proxy.service",
                           "tripleo_nova_compute.service",
                           "edpm_nova_compute.service",
                           "nova-api-os-compute.service",
                           "nova-compute@ironic.service",
                           "nova-compute@a@b.service",
                           "devstack@n-cpu-a@b.service",
                           "snap.openstack-hypervisor.nova-compute.service",
                           "snap.microstack.nova-api.service"}) {
    const auto found = names.identify(unit);
    ASSERT_TRUE(found) << unit;
    EXPECT_TRUE(found->controllable) << unit;
    EXPECT_TRUE(std::regex_match(unit, expression)) << unit;
  }
}

TEST(PackagedRule, GrantsNothingElse) {
  const auto expression = service_expression();
  for (const char* unit :
       {"sshd.service", "nova-compute.service.service", "nova-evil.service", "xnova-compute.service",
        "nova-compute.timer", "kolla-nova_libvirt-container.service", "kolla-nova_ssh-container.service",
        "tripleo_nova_migration_target.service", "nova-compute@.service", "devstack@n-obj.service",
        "nova-compute/../x.service", "novahost-pause@nova-compute.service", "run-nova-compute.service"})
    EXPECT_FALSE(std::regex_match(unit, expression)) << unit;
}

TEST(PackagedRule, RefusesTransientUnitsBeforeAnythingElse) {
  const auto rule = packaged_rule();
  EXPECT_LT(rule.find("\"transient\""), rule.find("polkit.Result.YES"));
}

TEST(PrintedRule, HasOneAnchoredExpressionForEachGlob) {
  const auto rule = polkit_rule_for(
      {{"my?nova-*.service", "nova-api", false}, {"cell[12].service", "nova-compute", false}});
  EXPECT_NE(rule.find(R"(/^(my[A-Za-z0-9:_.\\@-]nova-[A-Za-z0-9:_.\\@-]*\.service|cell[12]\.service)$/)"),
            std::string::npos)
      << rule;
}
