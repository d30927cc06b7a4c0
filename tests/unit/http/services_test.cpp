// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(const json& services) {
  std::vector<std::string> names;
  for (const auto& row : services)
    names.push_back(row["host"].get<std::string>() + "/" + row["binary"].get<std::string>());
  return names;
}

std::vector<std::string> listed(RestDoor& door, const std::string& query) {
  const Reply reply = door.ask("GET", "/services" + query);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return names(json_of(reply)["services"]);
}

TEST(Services, AreListedByHostThenBinary) {
  RestDoor door;
  EXPECT_THAT(listed(door, ""),
              ElementsAre("compute1/nova-compute", "compute2/nova-compute", "controller/nova-api",
                          "controller/nova-conductor", "controller/nova-scheduler"));
}

TEST(Services, ARowTellsAllAxesAndInventsNone) {
  RestDoor door;
  const json row = json_of(door.ask("GET", "/services"))["services"][0];
  EXPECT_EQ(row["id"], to_string(FakeWriter::service("compute1", "nova-compute")));
  EXPECT_EQ(row["kind"], "compute");
  EXPECT_EQ(row["zone"], "north");
  EXPECT_EQ(row["state"], "up");
  EXPECT_EQ(row["unit"]["name"], "nova-compute.service");
  EXPECT_EQ(row["unit"]["main_pid"], 4711);
  EXPECT_EQ(row["held"], false);
  EXPECT_EQ(row["paused"], false);
  EXPECT_EQ(row["phase"], "open");
  EXPECT_EQ(row["enforcement"]["gate"], json({{"state", "unconfigured"}}));
  EXPECT_EQ(row["updated_at"], "2026-11-23T03:19:00.000Z");
  for (const char* nova_only : {"status", "availability_zone", "aggregates", "cell", "instances", "journal"})
    EXPECT_FALSE(row.contains(nova_only)) << nova_only;
}

TEST(Services, OnlyALostHostShowsItsAgeInTheCollection) {
  RestDoor door;
  const json rows = json_of(door.ask("GET", "/services"))["services"];
  EXPECT_FALSE(rows[0].contains("last_seen"));
  EXPECT_EQ(rows[1]["last_seen"], "2026-11-23T03:16:00.000Z");
  EXPECT_EQ(rows[1]["state"], "unknown");
}

TEST(Services, AreFilteredByEachAxis) {
  RestDoor door;
  door.act(FakeWriter::service("compute1", "nova-compute"), R"({"pause": null})");
  EXPECT_THAT(listed(door, "?host=compute2"), ElementsAre("compute2/nova-compute"));
  EXPECT_THAT(listed(door, "?binary=nova-api"), ElementsAre("controller/nova-api"));
  EXPECT_THAT(listed(door, "?kind=conductor"), ElementsAre("controller/nova-conductor"));
  EXPECT_THAT(listed(door, "?state=unknown"), ElementsAre("compute2/nova-compute"));
  EXPECT_THAT(listed(door, "?held=true"), ElementsAre("compute1/nova-compute"));
  EXPECT_THAT(listed(door, "?paused=false&kind=compute"), ElementsAre("compute2/nova-compute"));
  EXPECT_THAT(listed(door, "?host=nobody"), ElementsAre());
}

TEST(Services, AFilterThatIsNotUnderstoodIsRefusedByName) {
  RestDoor door;
  for (const auto& [query, named] :
       std::vector<std::pair<std::string, std::string>>{{"hots=a", "hots"},
                                                        {"held=yes", "held"},
                                                        {"kind=computer", "kind"},
                                                        {"state=UP", "state"},
                                                        {"limit=0", "limit"},
                                                        {"limit=-1", "limit"},
                                                        {"limit=9x", "limit"},
                                                        {"marker=17", "marker"},
                                                        {"limit=99999999999999999999", "limit"},
                                                        {"host=a&host=b", "host"},
                                                        {"paused", "paused"}}) {
    const Reply reply = door.ask("GET", "/services?" + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_THAT(message_of(reply), HasSubstr(named)) << query;
  }
}

TEST(Services, PagesFollowTheirLinksToTheEnd) {
  RestDoor door;
  std::vector<std::string> seen;
  std::string next = "/v1.1/17/services?limit=2&state=up";
  int pages = 0;
  while (!next.empty()) {
    const json page = json_of(door.ask("GET", next));
    for (const auto& name : names(page["services"])) seen.push_back(name);
    EXPECT_LE(page["services"].size(), 2U);
    next = page.contains("services_links") ? page["services_links"][0]["href"].get<std::string>() : "";
    EXPECT_TRUE(next.empty() || next.starts_with("/v1.1/17/services?")) << next;
    ASSERT_LT(++pages, 9);
  }
  EXPECT_THAT(seen, ElementsAre("compute1/nova-compute", "controller/nova-api", "controller/nova-conductor",
                                "controller/nova-scheduler"));
  EXPECT_EQ(pages, 2);  // the last page is full, and knows that nothing follows
}

TEST(Services, AMarkerThatIsGoneIsSaid) {
  RestDoor door;
  const Reply reply = door.ask("GET", "/services?marker=00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(message_of(reply), "marker [00000000-0000-4000-8000-000000000000] not found");
}

TEST(Services, AreNotSentAgainUntilTheyChange) {
  RestDoor door;
  const std::string tag(door.ask("GET", "/services").header("ETag"));
  ASSERT_TRUE(tag.starts_with('"'));
  EXPECT_EQ(door.ask("GET", "/services", {.if_none_match = tag}).status, 304);
  EXPECT_EQ(door.ask("GET", "/services", {.if_none_match = "\"x\", W/" + tag}).status, 304);
  EXPECT_EQ(door.ask("GET", "/services", {.if_none_match = "\"x\""}).status, 200);
  door.writer.change("compute1", [](zone::HostView& host) { host.services[0].state = State::down; });
  const Reply changed = door.ask("GET", "/services", {.if_none_match = tag});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(json_of(changed)["services"][0]["state"], "down");
}

TEST(Service, ShowsItsHostAndItsHistory) {
  RestDoor door;
  const Uuid compute = FakeWriter::service("compute1", "nova-compute");
  door.act(compute, R"({"pause": {"reason": "disk swap \"2\""}})");
  const json service = json_of(door.ask("GET", "/services/" + to_string(compute)))["service"];
  EXPECT_EQ(service["last_seen"], "2026-11-23T03:19:00.000Z");
  EXPECT_EQ(service["hostinfo"]["os"], "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(service["hostinfo"]["state"], "up");
  ASSERT_EQ(service["history"].size(), 1U);
  EXPECT_EQ(service["history"][0]["action"], "pause");
  EXPECT_EQ(service["history"][0]["actor"], "otto");
  ASSERT_EQ(service["holds"].size(), 1U);
  EXPECT_EQ(service["holds"][0]["reason"], "disk swap \"2\"");
  EXPECT_EQ(service["holds"][0]["door"], "rest");
  EXPECT_FALSE(service["holds"][0].contains("until"));
  EXPECT_FALSE(service.contains("journal"));
}

TEST(Service, ANewEndOfAnActionIsANewBody) {
  RestDoor door;
  const Uuid compute = FakeWriter::service("compute1", "nova-compute");
  const Reply accepted = door.act(compute, R"({"pause": null})");
  const std::string path = "/services/" + to_string(compute);
  const std::string tag(door.ask("GET", path).header("ETag"));
  EXPECT_EQ(door.ask("GET", path, {.if_none_match = tag}).status, 304);
  const auto request = json_of(accepted)["action"]["request_id"].get<std::string>();
  door.writer.finish(*parse_uuid(request.substr(4)), Outcome::succeeded, "done");
  EXPECT_EQ(door.ask("GET", path, {.if_none_match = tag}).status, 200);
}

TEST(Service, AHeartbeatShowsAtOnceAndIsNoNewBody) {
  RestDoor door;
  const auto pulse = pulse_of(story_time(), 0.5);
  door.writer.change("compute1", [&](zone::HostView& host) { host.pulse = pulse; });
  const std::string path = "/services/" + to_string(FakeWriter::service("compute1", "nova-compute"));
  const std::string tag(door.ask("GET", path).header("ETag"));
  EXPECT_TRUE(tag.starts_with("W/")) << tag;
  pulse->hear(story_time() + std::chrono::seconds(12));
  pulse->take_load(7.25, story_time() + std::chrono::seconds(12));
  const json service = json_of(door.ask("GET", path))["service"];
  EXPECT_EQ(service["last_seen"], "2026-11-23T03:19:12.000Z");
  EXPECT_EQ(service["hostinfo"]["load1"], 7.25);
  EXPECT_EQ(service["hostinfo"]["load1_at"], "2026-11-23T03:19:12.000Z");
  EXPECT_EQ(door.ask("GET", path, {.if_none_match = tag}).status, 304);
}

TEST(Service, ALostHostsAgeIsPartOfTheBody) {
  RestDoor door;
  const std::string path = "/services/" + to_string(FakeWriter::service("compute2", "nova-compute"));
  const std::string tag(door.ask("GET", path).header("ETag"));
  door.writer.change("compute2", [](zone::HostView& host) { host.pulse = pulse_of(story_time()); });
  EXPECT_EQ(door.ask("GET", path, {.if_none_match = tag}).status, 200) << "it was heard, and is lost again";
}

/// compute1's nova-compute with an excerpt of its journal.
void give_journal(RestDoor& door, const JournalExcerpt& entries) {
  const auto pulse = pulse_of(story_time());
  pulse->take_journal({.since = story_time() - std::chrono::hours(24), .as_of = story_time()});
  door.writer.change("compute1", [&](zone::HostView& host) {
    host.pulse = pulse;
    host.journal = std::make_shared<const zone::JournalBook>(
        zone::JournalBook{{FakeWriter::service("compute1", "nova-compute"), entries}});
  });
}

TEST(Service, RecentErrorsAreForOperatorsAndAdmins) {
  RestDoor door;
  give_journal(door, {journal_entry("cannot reach \"rabbit\"")});
  const std::string path = "/services/" + to_string(FakeWriter::service("compute1", "nova-compute"));
  EXPECT_FALSE(json_of(door.ask("GET", path))["service"].contains("journal"));
  for (const char* token : {"the operator's token", "the admin's token"})
    EXPECT_EQ(json_of(door.ask("GET", path, {.token = token}))["service"]["journal"], json::parse(R"({
        "as_of": "2026-11-23T03:19:00.000Z", "since": "2026-11-22T03:19:00.000Z", "entries": [
        {"time": "2026-11-23T02:19:00.000Z", "priority": 3, "identifier": "nova-compute",
         "message": "cannot reach \"rabbit\""}]})"));
  EXPECT_FALSE(
      json_of(door.ask("GET", "/hosts/compute1", {.token = "the admin's token"})).dump().contains("rabbit"));
  EXPECT_FALSE(door.ask("GET", "/services", {.token = "the admin's token"}).body.contains("rabbit"));
}

TEST(Service, NoErrorsAreNotTheSameAsNotLookedAt) {
  RestDoor door;
  const std::string path = "/services/" + to_string(FakeWriter::service("compute1", "nova-compute"));
  const With admin{.token = "the admin's token"};
  EXPECT_FALSE(json_of(door.ask("GET", path, admin))["service"].contains("journal"));
  give_journal(door, {});
  EXPECT_EQ(json_of(door.ask("GET", path, admin))["service"]["journal"]["entries"], json::array());
  const std::string other = "/services/" + to_string(FakeWriter::service("compute2", "nova-compute"));
  EXPECT_FALSE(json_of(door.ask("GET", other, admin))["service"].contains("journal"));
}

TEST(Service, ANewErrorIsANewBodyForThoseWhoMayReadIt) {
  RestDoor door;
  const std::string path = "/services/" + to_string(FakeWriter::service("compute1", "nova-compute"));
  give_journal(door, {});
  const std::string readers(door.ask("GET", path).header("ETag"));
  const std::string admins(door.ask("GET", path, {.token = "the admin's token"}).header("ETag"));
  EXPECT_NE(readers, admins);
  give_journal(door, {journal_entry("boom")});
  EXPECT_EQ(door.ask("GET", path, {.if_none_match = readers}).status, 304);
  EXPECT_EQ(door.ask("GET", path, {.token = "the admin's token", .if_none_match = admins}).status, 200);
}

TEST(Service, AnActorOfAHostIsShownWithIt) {
  RestDoor door;
  door.writer.change("compute1", [](zone::HostView& host) {
    host.services[0].holds = {{.id = random_uuid(),
                               .service = host.services[0].facts.id,
                               .owner = "root",
                               .actor = "root",
                               .reason = "kernel",
                               .since = story_time(),
                               .recorded = story_time(),
                               .door = Door::bus,
                               .enforce = all_enforcers()}};
  });
  const json row = json_of(door.ask("GET", "/services"))["services"][0];
  EXPECT_EQ(row["holds"][0]["actor"], "compute1/root");
  EXPECT_EQ(row["holds"][0]["enforce"], json({"gate", "scheduler", "user_actions"}));
}

TEST(Service, AnIdThatIsNoneOrNotThereIsSaid) {
  RestDoor door;
  EXPECT_EQ(door.ask("GET", "/services/17").status, 400);
  const Reply gone = door.ask("GET", "/services/00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(
      gone.body,
      R"({"itemNotFound":{"code":404,"message":"Service 00000000-0000-4000-8000-000000000000 could not be found."}})");
}

}  // namespace
}  // namespace nova::http::test
