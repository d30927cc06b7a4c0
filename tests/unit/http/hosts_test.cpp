// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

TEST(Hosts, AreListedWithTheirAge) {
  RestDoor door;
  const auto hosts = json_of(door.ask("GET", "/hosts"))["hosts"];
  ASSERT_EQ(hosts.size(), 3U);
  EXPECT_EQ(hosts[1]["name"], "compute2");
  EXPECT_EQ(hosts[1]["state"], "lost");
  EXPECT_EQ(hosts[1]["last_seen"], "2026-11-23T03:16:00.000Z");
  EXPECT_EQ(hosts[2]["services"], 3);
  EXPECT_FALSE(hosts[0].contains("last_seen")) << "a heartbeat is no change of a collection";
}

TEST(Hosts, OneIsAsOldAsItsLastHeartbeat) {
  RestDoor door;
  const auto pulse = pulse_of(story_time(), 0.5);
  door.writer.change("compute1", [&](zone::HostView& host) { host.pulse = pulse; });
  const std::string tag(door.ask("GET", "/hosts/compute1").header("ETag"));
  pulse->hear(story_time() + std::chrono::seconds(12));
  pulse->take_load(7.25, story_time() + std::chrono::seconds(12));
  const auto host = json_of(door.ask("GET", "/hosts/compute1"))["host"];
  EXPECT_EQ(host["last_seen"], "2026-11-23T03:19:12.000Z");
  EXPECT_EQ(host["load1"], 7.25);
  EXPECT_EQ(host["load1_at"], "2026-11-23T03:19:12.000Z");
  EXPECT_EQ(door.ask("GET", "/hosts/compute1", {.if_none_match = tag}).status, 304);
  door.writer.change("compute1", [](zone::HostView& h) { h.info.kernel = "6.1.1"; });
  EXPECT_EQ(door.ask("GET", "/hosts/compute1", {.if_none_match = tag}).status, 200);
}

TEST(Hosts, OneIsFoundByNameAndById) {
  RestDoor door;
  const auto by_name = json_of(door.ask("GET", "/hosts/controller"));
  EXPECT_EQ(by_name["host"]["services"].size(), 3U);
  EXPECT_EQ(by_name["host"]["kernel"], "6.1.0");
  EXPECT_EQ(json_of(door.ask("GET", "/hosts/" + by_name["host"]["id"].get<std::string>())), by_name);
  EXPECT_EQ(door.ask("GET", "/hosts/nobody").status, 404);
  EXPECT_EQ(door.ask("GET", "/hosts?limit=1").status, 400);
}

TEST(Hosts, OnlyAnAdminRemovesOne) {
  RestDoor door;
  EXPECT_EQ(door.ask("DELETE", "/hosts/compute2", {.token = "the operator's token"}).status, 403);
  EXPECT_TRUE(door.writer.removed.empty());
  EXPECT_EQ(door.ask("DELETE", "/hosts/compute2", {.token = "the admin's token"}).status, 204);
  ASSERT_EQ(door.writer.removed.size(), 1U);
  EXPECT_THAT(door.writer.removed[0], testing::HasSubstr("by anna"));
  EXPECT_EQ(door.ask("DELETE", "/hosts/nobody", {.token = "the admin's token"}).status, 404);
}

TEST(Hosts, OneThatWasNeverHeardIsRemovedByItsEnrolment) {
  RestDoor door;
  door.hosts.enrolled = {"compute9"};
  EXPECT_EQ(door.ask("DELETE", "/hosts/compute9", {.token = "the operator's token"}).status, 403);
  EXPECT_EQ(door.ask("DELETE", "/hosts/compute9", {.token = "the admin's token"}).status, 204);
  EXPECT_TRUE(door.hosts.enrolled.empty());
  EXPECT_EQ(door.ask("DELETE", "/hosts/compute9", {.token = "the admin's token"}).status, 404);
}

}  // namespace
}  // namespace nova::http::test
