// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "daemon/systemd/unit_book.hpp"

namespace nova::systemd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ListedUnit running{"nova-compute.service", "loaded", "active", "running"};

UnitReading reading_of(const ListedUnit& row) {
  UnitReading reading;
  reading.facts.name = row.name;
  reading.facts.load_state = row.load_state;
  reading.facts.active_state = row.active_state;
  reading.facts.sub_state = row.sub_state;
  reading.facts.unit_file_state = "enabled";
  return reading;
}

struct Book : testing::Test {
  host::UnitNames names;
  UnitBook book{names};

  std::vector<std::string> found() const {
    std::vector<std::string> all;
    for (const auto& unit : book.units())
      all.push_back(unit.facts.name + " " + unit.facts.load_state + " " + unit.facts.active_state + " " +
                    unit.facts.unit_file_state);
    return all;
  }
};

TEST_F(Book, shows_a_loaded_unit_once_it_is_read) {
  book.list({running}, {{"nova-compute.service", "enabled", ""}});
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(book.stale(), ElementsAre("nova-compute.service"));
  book.read("nova-compute.service", reading_of(running));
  EXPECT_THAT(book.stale(), IsEmpty());
  EXPECT_THAT(found(), ElementsAre("nova-compute.service loaded active enabled"));
}

TEST_F(Book, shows_a_unit_of_which_only_the_file_is_known) {
  book.list({}, {{"nova-api.service", "disabled", ""}, {"nova-scheduler.service", "masked", ""}});
  EXPECT_THAT(found(), ElementsAre("nova-api.service not-loaded inactive disabled",
                                   "nova-scheduler.service not-loaded inactive masked"));
}

TEST_F(Book, takes_the_file_s_state_from_the_disk_rather_than_from_systemd_s_memory) {
  book.list({running}, {{"nova-compute.service", "disabled", ""}});
  book.read("nova-compute.service", reading_of(running));
  EXPECT_THAT(found(), ElementsAre("nova-compute.service loaded active disabled"));
}

TEST_F(Book, counts_an_alias_as_a_name_and_not_as_a_unit) {
  book.list({}, {{"nova-api-os-compute.service", "enabled", ""},
                 {"nova-api.service", "alias", "nova-api-os-compute.service"},
                 {"nova-metadata.service", "alias", "nova-api.service"}});
  const auto units = book.units();
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].facts.name, "nova-api-os-compute.service");
  EXPECT_THAT(units[0].facts.aliases, ElementsAre("nova-api.service", "nova-metadata.service"));
}

TEST_F(Book, survives_aliases_that_point_at_each_other) {
  book.list({}, {{"nova-api.service", "alias", "nova-metadata.service"},
                 {"nova-metadata.service", "alias", "nova-api.service"},
                 {"nova-compute.service", "enabled", ""}});
  EXPECT_EQ(book.units().size(), 1U);
}

TEST_F(Book, does_not_take_a_name_for_a_unit) {
  const ListedUnit wanted{"nova-compute.service", "not-found", "inactive", "dead"};
  book.list({wanted}, {});
  book.read(wanted.name, reading_of(wanted));
  EXPECT_THAT(found(), IsEmpty());
  const ListedUnit still_running{"nova-compute.service", "not-found", "active", "running"};
  book.list({still_running}, {});
  book.read(still_running.name, reading_of(still_running));
  EXPECT_EQ(book.units().size(), 1U) << "its file is gone, but it runs";
}

TEST_F(Book, shows_instances_and_never_their_template) {
  const ListedUnit instance{"nova-compute@ironic.service", "loaded", "active", "running"};
  book.list({instance}, {{"nova-compute@.service", "enabled", ""}});
  book.read(instance.name, reading_of(instance));
  const auto units = book.units();
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].instance, "ironic");
  EXPECT_EQ(units[0].binary, "nova-compute");
}

TEST_F(Book, has_a_unit_read_again_when_the_list_contradicts_what_was_read) {
  book.list({running}, {});
  book.read(running.name, reading_of(running));
  book.list({running}, {});
  EXPECT_THAT(book.stale(), IsEmpty());
  book.list({{running.name, "loaded", "failed", "failed"}}, {});
  EXPECT_THAT(book.stale(), ElementsAre(running.name));
}

TEST_F(Book, forgets_the_reading_of_a_unit_that_is_gone) {
  book.list({running}, {});
  book.read(running.name, reading_of(running));
  book.list({}, {});
  EXPECT_THAT(found(), IsEmpty());
  book.read(running.name, reading_of(running));
  EXPECT_THAT(found(), IsEmpty()) << "an answer that came late";
  book.list({running}, {});
  EXPECT_THAT(book.stale(), ElementsAre(running.name));
}

TEST_F(Book, drops_what_is_not_ours) {
  book.list({{"nova-compute-kvm.service", "loaded", "active", "running"}},
            {{"nova-purge-deleted.service", "static", ""}});
  EXPECT_THAT(book.loaded(), IsEmpty());
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Book, keeps_an_instance_that_has_run_as_long_as_there_is_its_template) {
  const ListedUnit instance{"nova-compute@ironic.service", "loaded", "active", "running"};
  const KnownFile made_of{"nova-compute@.service", "disabled", ""};
  book.list({instance}, {made_of});
  auto reading = reading_of(instance);
  reading.facts.unit_file_state = "disabled";
  book.read(instance.name, reading);
  book.list({}, {made_of});
  EXPECT_THAT(found(), ElementsAre("nova-compute@ironic.service not-loaded inactive disabled"));
  EXPECT_EQ(book.units()[0].instance, "ironic");
  book.list({}, {{"nova-compute@.service", "masked", ""}});
  EXPECT_THAT(found(), ElementsAre("nova-compute@ironic.service not-loaded inactive masked"));
  book.list({}, {});
  EXPECT_THAT(found(), IsEmpty());
  book.list({}, {made_of});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Book, forgets_an_instance_that_somebody_only_asked_for) {
  const ListedUnit typo{"nova-compute@irnoic.service", "loaded", "inactive", "dead"};
  const KnownFile made_of{"nova-compute@.service", "disabled", ""};
  book.list({typo}, {made_of});
  book.read(typo.name, reading_of(typo));
  book.list({}, {made_of});
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Book, takes_a_containers_unit_for_a_client_unless_it_is_seen_to_hold_the_payload) {
  const ListedUnit edpm{"edpm_nova_compute.service", "loaded", "active", "running"};
  book.list({edpm, running}, {{"kolla-nova_api-container.service", "enabled", ""}});
  book.read(edpm.name, reading_of(edpm));
  book.read(running.name, reading_of(running));
  std::map<std::string, bool> elsewhere;
  for (const auto& unit : book.units()) elsewhere[unit.facts.name] = unit.facts.payload_elsewhere;
  EXPECT_TRUE(elsewhere["edpm_nova_compute.service"]) << "some script starts it";
  EXPECT_TRUE(elsewhere["kolla-nova_api-container.service"]);
  EXPECT_FALSE(elsewhere["nova-compute.service"]);
  auto quadlet = reading_of(edpm);
  quadlet.payload_within = true;
  book.read(edpm.name, quadlet);
  EXPECT_FALSE(book.units()[0].facts.payload_elsewhere);
}

struct Command {
  const char* path;
  std::vector<std::string> arguments;
};

TEST(PayloadOf, ACommandThatAsksAContainerEngineIsElsewhere) {
  const Command clients[] = {
      {"/usr/bin/docker", {"/usr/bin/docker", "start", "-a", "nova_compute"}},
      {"/usr/bin/docker", {"nova_compute", "start", "-a", "nova_compute"}},  // ExecStart=@/usr/bin/docker …
      {"/usr/bin/podman", {"podman", "start", "-a", "nova_api"}},
      {"/usr/libexec/edpm-start-podman-container", {"x", "edpm_nova_compute"}},
      {"/usr/libexec/tripleo-start-podman-container", {"x", "nova_compute"}},
      {"/bin/sh", {"/bin/sh", "-c", "docker start -a nova_compute"}},
      {"/bin/bash", {"bash", "-ec", "umask 077; exec /usr/local/bin/podman start nova_compute"}},
      {"/usr/bin/env", {"/usr/bin/env", "podman", "start", "nova_compute"}},
      {"/usr/bin/sudo", {"sudo", "docker", "start", "nova_compute"}},
  };
  for (const Command& c : clients)
    EXPECT_EQ(payload_of(c.path, c.arguments), Payload::elsewhere) << c.arguments.back();
}

TEST(PayloadOf, AQuadletsIsWithinTheUnit) {
  EXPECT_EQ(payload_of("/usr/bin/podman", {"podman", "run", "--name", "nova", "--cgroups=split", "image"}),
            Payload::within);
  EXPECT_EQ(payload_of("/usr/bin/podman", {"podman", "run", "--cgroups", "split", "image"}), Payload::within);
}

TEST(PayloadOf, AnyOtherCommandIsTheUnitsOwn) {
  const Command own[] = {
      {"/usr/bin/nova-compute", {"/usr/bin/nova-compute", "--config-file", "/etc/docker"}},
      {"/etc/init.d/nova-compute", {"/etc/init.d/nova-compute", "systemd-start"}},
      {"/bin/sh", {"sh", "-c", "exec nova-compute --config-dir=/etc/docker --log-dir /var/log/docker"}},
      {"/bin/sh", {"sh", "-c", "exec nova-compute --config-file /etc/docker"}},
      {"", {}},
  };
  for (const Command& c : own) EXPECT_EQ(payload_of(c.path, c.arguments), Payload::own) << c.path;
}

}  // namespace
}  // namespace nova::systemd
