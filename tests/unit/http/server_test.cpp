// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "rest/http/probe.hpp"
#include "tests/unit/http/client.hpp"

// The real server library, asked over loopback as the front asks it. Clients here do not leave while they
// wait: behind the front they cannot (front_test.cpp), and without it an answer may get lost.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

/// A request as the front hands it on: what is asked for stands beside the secret.
Ask ask_of(const ServedZone& zone, const std::string& role, const std::string& target,
           std::vector<std::string> more = {}, const std::string& method = "GET") {
  more.push_back("X-Auth-Token: the " + role + "'s token");
  more.push_back("X-Nova-Front: " + secret + " " + method + " " + target);
  return {.method = method, .url = zone.url("/"), .headers = std::move(more)};
}

Ask posting(Ask ask, std::string body) {
  ask.body = std::move(body);
  return ask;
}

/// A PAUSE that waits for its end; the location is the only thing that the answer carries.
Ask waiting_pause(const ServedZone& zone, const std::string& reason) {
  return posting(
      ask_of(zone, "operator", "/services/" + to_string(compute) + "/action", {"Prefer: wait=30"}, "POST"),
      "{\"pause\": {\"owner\": \"" + reason + "\"}}");
}

TEST(Server, AnswersAndKeepsTheConnection) {
  ServedZone zone;
  Client client;
  const Answer first = client.ask(ask_of(zone, "reader", "/services"));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("content-type"), "application/json");
  EXPECT_TRUE(first.header("x-openstack-request-id").starts_with("req-"));
  EXPECT_EQ(nlohmann::json::parse(first.body)["services"].size(), 5U);
  const Answer second =
      client.ask(ask_of(zone, "reader", "/services", {"If-None-Match: " + first.header("etag")}));
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.new_connections, 0);
}

TEST(Server, AnswersTheFrontOnly) {
  ServedZone zone;
  Client client;
  const std::string token = "X-Auth-Token: the admin's token";
  EXPECT_EQ(client.ask({.url = zone.url("/services"), .headers = {token}}).status, 403);
  EXPECT_EQ(client.ask({.url = zone.url("/services"), .headers = {token, "X-Nova-Front: x" + secret}}).status,
            403);
  const Answer refused = client.ask({.url = zone.url("/healthz")});
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("\"forbidden\""));
  EXPECT_TRUE(refused.header("x-openstack-request-id").starts_with("req-"));
  EXPECT_EQ(zone.door.denied.size(), 3U) << "each attempt is noted";
}

TEST(Server, AnswersWhatTheFrontAskedForAndNothingElse) {
  ServedZone zone;
  const std::string token = "X-Auth-Token: the admin's token";
  const std::string front = "X-Nova-Front: " + secret;
  const auto status = [&](const std::string& method, std::vector<std::string> headers) {
    Client client;
    headers.push_back(token);
    return client.ask({.method = method, .url = zone.url("/hosts/compute2"), .headers = headers}).status;
  };
  EXPECT_EQ(status("DELETE", {front}), 403);
  EXPECT_EQ(status("DELETE", {front + " "}), 403);
  EXPECT_EQ(status("DELETE", {front + " GET /hosts/compute2"}), 403);
  EXPECT_EQ(status("DELETE", {front + " DELETED /hosts/compute2"}), 403);
  EXPECT_EQ(status("DELETE", {front + " DELETE "}), 400);
  // A stranger's beginning, completed by an administrator's request: the first header of a name counts.
  EXPECT_EQ(status("DELETE", {"X-Nova-Front: x DELETE /hosts/compute2", front + " GET /services"}), 403);
  EXPECT_EQ(status("GET", {"X-Nova-Front: x GET /services", front + " GET /services"}), 403);
  EXPECT_TRUE(zone.door.writer.removed.empty());
  EXPECT_EQ(status("DELETE", {front + " DELETE /hosts/compute2"}), 204);
}

TEST(Server, HeadHasNoBodyWithoutAFrontEither) {
  ServedZone zone("");
  Client client;
  EXPECT_EQ(client.ask({.method = "HEAD", .url = zone.url("/healthz")}).status, 200);
  const Answer next = client.ask({.url = zone.url("/healthz")});
  EXPECT_EQ(next.status, 200);
  EXPECT_EQ(next.new_connections, 0);
  EXPECT_THAT(next.body, HasSubstr("\"ok\""));
}

TEST(Server, ReadersDoNotWaitForThoseWhoWaitForTheDisk) {
  ServedZone zone;
  std::promise<void> disk;
  zone.door.writer.slow = disk.get_future().share();
  std::vector<std::future<Answer>> writing;
  for (int i = 0; i < 8; ++i)
    writing.push_back(std::async(std::launch::async, [&zone, i] {
      Client client;
      auto ask = ask_of(zone, "operator", "/services/" + to_string(compute) + "/action", {}, "POST");
      ask.url = zone.body_url("/");
      return client.ask(posting(ask, "{\"pause\": {\"owner\": \"o" + std::to_string(i) + "\"}}"));
    }));
  while (zone.door.writer.waiting < 1) std::this_thread::yield();
  for (int i = 0; i < 50; ++i) {
    Client client;
    auto ask = ask_of(zone, "reader", i % 2 ? "/healthz" : "/services/" + to_string(compute));
    ask.give_up_after_ms = 5000;
    ASSERT_EQ(client.ask(ask).status, 200) << i;
  }
  disk.set_value();
  for (auto& one : writing) EXPECT_EQ(one.get().status, 202);
}

TEST(Server, WhatIsParkedCanBeAnsweredWithoutAStop) {
  ServedZone zone;
  auto waiting = std::async(std::launch::async, [&] { return Client().ask(waiting_pause(zone, "a")); });
  while (waiting.wait_for(std::chrono::milliseconds(1)) == std::future_status::timeout)
    zone.server->answer_parked();
  EXPECT_EQ(waiting.get().status, 303);
  EXPECT_EQ(Client().ask(ask_of(zone, "reader", "/healthz")).status, 200);
}

TEST(Server, AProbeTellsWhetherItAnswers) {
  auto zone = std::make_unique<ServedZone>();
  const auto port = zone->server->port();
  EXPECT_TRUE(answers(port, secret, std::chrono::seconds(5)));
  EXPECT_FALSE(answers(port, "another", std::chrono::seconds(5)));
  zone.reset();
  EXPECT_FALSE(answers(port, secret, std::chrono::seconds(5)));
}

TEST(Server, WithoutAFrontNobodysHeadersAreBelieved) {
  ServedZone zone("");
  Client client;
  const Answer answer = client.ask({.method = "POST",
                                    .url = zone.url("/federation/v1/sync"),
                                    .headers = {"X-Nova-Client-Verify: SUCCESS", "X-Nova-Client-Cert: x"},
                                    .body = "{}"});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(client.ask({.url = zone.url("/hosts"), .headers = {"X-Nova-Uri: /healthz"}}).status, 401);
}

TEST(Server, PathsAndQueriesAreDecodedOnceAndChecked) {
  ServedZone zone;
  Client client;
  for (const auto& [target, status] :
       std::vector<std::pair<std::string, long>>{{"/services/a%2Fb", 400},
                                                 {"/services/%00", 400},
                                                 {"/services/%ff", 400},
                                                 {"/services/../hosts", 400},
                                                 {"/services/%2e%2e/hosts", 400},
                                                 {"/hosts/compute%31", 200},
                                                 {"/hosts/compute%2531", 404},
                                                 {"/services?limit=%31", 200},
                                                 {"/services?limit=1&limit=2", 400},
                                                 {"/services?", 200},
                                                 {"/services?&&", 200}}) {
    EXPECT_EQ(client.ask(ask_of(zone, "reader", target)).status, status) << target;
  }
}

TEST(Server, ALargeBodyArrivesWhole) {
  ServedZone zone;
  zone.door.writer.grow(5000);
  Client client;
  const Answer answer = client.ask(ask_of(zone, "reader", "/services"));
  EXPECT_GT(answer.body.size(), 3000000U);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["services"].size(), 5005U);
}

TEST(Server, ALargeRequestIsRefusedAndTheNextOneIsRead) {
  ServedZone zone;
  Client client;
  const Answer large =
      client.ask(posting(ask_of(zone, "operator", "/services/" + to_string(compute) + "/action", {}, "POST"),
                         "{\"pause\": \"" + std::string(2000000, 'x') + "\"}"));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(client.ask(ask_of(zone, "reader", "/healthz")).status, 200);
  EXPECT_TRUE(zone.door.writer.asked.empty());
}

TEST(Server, AWaitEndsWithTheAction) {
  ServedZone zone;
  auto waiting = std::async(std::launch::async, [&] {
    Client client;
    return client.ask(waiting_pause(zone, "a"));
  });
  Client client;
  const std::string history = "/services/" + to_string(compute) + "/actions";
  nlohmann::json actions;
  while (actions.empty())
    actions = nlohmann::json::parse(client.ask(ask_of(zone, "reader", history)).body)["actions"];
  const std::string id = actions[0]["request_id"];
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  zone.door.writer.finish(*parse_uuid(id.substr(4)), Outcome::succeeded, "");
  const Answer answer = waiting.get();
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.header("location"), history + "/" + id);
  EXPECT_EQ(answer.header("x-openstack-request-id"), id);
}

TEST(Server, ManyWaitersEachGetTheirOwn) {
  ServedZone zone;
  constexpr int count = 60;
  std::vector<std::future<Answer>> waiting;
  for (int i = 0; i < count; ++i)
    waiting.push_back(std::async(std::launch::async, [&zone, i] {
      Client client;
      auto ask = waiting_pause(zone, "owner" + std::to_string(i));
      return client.ask(ask);
    }));
  std::vector<Uuid> accepted;
  while (accepted.size() < count) {
    accepted.clear();
    const auto actions = zone.door.writer.actions(compute, 1000, std::nullopt);
    for (const auto& action : *actions) accepted.push_back(action.id);
  }
  for (const Uuid& id : accepted) zone.door.writer.finish(id, Outcome::succeeded, "");
  std::set<std::string> locations;
  for (int i = 0; i < count; ++i) {
    const Answer answer = waiting[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(answer.status, 303);
    EXPECT_THAT(answer.header("location"), HasSubstr(answer.header("x-openstack-request-id")));
    locations.insert(answer.header("location"));
  }
  EXPECT_EQ(locations.size(), 60U);
}

TEST(Server, AStopAnswersWhatIsParked) {
  ServedZone zone;
  auto waiting = std::async(std::launch::async, [&] {
    Client client;
    return client.ask(waiting_pause(zone, "a"));
  });
  while (zone.door.writer.actions(compute, 1, std::nullopt)->empty()) std::this_thread::yield();
  zone.server->drain(std::chrono::seconds(10));
  EXPECT_EQ(waiting.get().status, 303);
  Client late;
  EXPECT_EQ(late.ask(ask_of(zone, "reader", "/healthz")).status, 503);
}

TEST(Server, AnOccupiedPortIsSaid) {
  ServedZone zone;
  RestDoor door;
  const auto second = Server::start({.port = zone.server->port()}, door.parts);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(zone.server->port())));
  EXPECT_THAT(second.error().message, HasSubstr("BackendPort="));
}

}  // namespace
}  // namespace nova::http::test
