// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/unit/http/client.hpp"

// The real server library, asked over loopback as the front asks it. Clients here do not leave while they
// wait: behind the front they cannot (front_test.cpp), and without it an answer may get lost.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

std::vector<std::string> as(const std::string& role, std::vector<std::string> more = {}) {
  more.push_back("X-Auth-Token: the " + role + "'s token");
  more.push_back("X-Nova-Front: " + secret);
  return more;
}

/// A PAUSE that waits for its end; the location is the only thing that the answer carries.
Ask waiting_pause(const ServedZone& zone, const std::string& reason) {
  return {.method = "POST",
          .url = zone.url("/services/" + to_string(compute) + "/action"),
          .headers = as("operator", {"Prefer: wait=30"}),
          .body = "{\"pause\": {\"owner\": \"" + reason + "\"}}"};
}

TEST(Server, AnswersAndKeepsTheConnection) {
  ServedZone zone;
  Client client;
  const Answer first = client.ask({.url = zone.url("/services"), .headers = as("reader")});
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("content-type"), "application/json");
  EXPECT_TRUE(first.header("x-openstack-request-id").starts_with("req-"));
  EXPECT_EQ(nlohmann::json::parse(first.body)["services"].size(), 5U);
  const Answer second = client.ask(
      {.url = zone.url("/services"), .headers = as("reader", {"If-None-Match: " + first.header("etag")})});
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
    // As the front sends it: the raw path in the request line and in its header.
    EXPECT_EQ(
        client.ask({.url = zone.url(target), .headers = as("reader", {"X-Nova-Uri: " + target})}).status,
        status)
        << target;
  }
}

TEST(Server, ALargeBodyArrivesWhole) {
  ServedZone zone;
  zone.door.writer.grow(5000);
  Client client;
  const Answer answer = client.ask({.url = zone.url("/services"), .headers = as("reader")});
  EXPECT_GT(answer.body.size(), 3000000U);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["services"].size(), 5005U);
}

TEST(Server, ALargeRequestIsRefusedAndTheNextOneIsRead) {
  ServedZone zone;
  Client client;
  const Answer large = client.ask({.method = "POST",
                                   .url = zone.url("/services/" + to_string(compute) + "/action"),
                                   .headers = as("operator"),
                                   .body = "{\"pause\": \"" + std::string(2000000, 'x') + "\"}"});
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(client.ask({.url = zone.url("/healthz"), .headers = as("reader")}).status, 200);
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
    actions = nlohmann::json::parse(
        client.ask({.url = zone.url(history), .headers = as("reader")}).body)["actions"];
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
  EXPECT_EQ(late.ask({.url = zone.url("/healthz"), .headers = as("reader")}).status, 503);
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
