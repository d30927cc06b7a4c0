// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

const std::string compute = "/services/" + to_string(FakeWriter::service("compute1", "nova-compute"));

TEST(Routes, WhatAResourceDoesNotKnowIs405WithAllow) {
  RestDoor door;
  for (const char* method : {"PUT", "POST", "DELETE"}) {
    const Reply reply = door.ask(method, "/services");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.header("Allow"), "GET, HEAD");
    EXPECT_TRUE(json_of(reply).contains("badMethod"));
  }
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    const Reply reply = door.ask(method, compute);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.header("Allow"), "GET, HEAD") << method;
  }
  EXPECT_EQ(door.ask("GET", compute + "/action").header("Allow"), "POST");
  EXPECT_EQ(door.ask("OPTIONS", "/hosts/compute1").header("Allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(door.ask("PUT", "/v1.1/x/services").status, 405);
  EXPECT_EQ(door.ask("PUT", compute + "/actions").header("Allow"), "GET, HEAD, POST");
}

TEST(Routes, ThePathsOf2011AnswerLikewise) {
  RestDoor door;
  const std::string list = door.ask("GET", "/services").body;
  EXPECT_EQ(door.ask("GET", "/v1.1/services").body, list);
  EXPECT_EQ(door.ask("GET", "/v1.1/0b7e4b/services").body, list);
  EXPECT_EQ(door.ask("GET", "/v1.1/0b7e4b" + compute).body, door.ask("GET", compute).body);
  EXPECT_EQ(door.ask("GET", "/v1.1/hosts").status, 200);
  EXPECT_EQ(door.ask("GET", "/v1.1/a/b/services").status, 404);
  EXPECT_EQ(door.ask("GET", "/v1.1/a/healthz").status, 404);
}

TEST(Routes, LinksHoldTheProjectEncoded) {
  RestDoor door;
  const std::string project = "/v1.1/a%20%22b%3Cc%3E%C3%A9";
  const Reply page = door.ask("GET", project + "/services?limit=1");
  EXPECT_TRUE(
      json_of(page)["services_links"][0]["href"].get<std::string>().starts_with(project + "/services?"))
      << page.body;
  const Reply done = door.ask("POST", project + compute + "/action",
                              {.token = "the operator's token", .body = R"({"pause": {}})"});
  EXPECT_TRUE(done.header("Location").starts_with(project + "/services/")) << done.header("Location");
  EXPECT_EQ(door.ask("GET", std::string(done.header("Location"))).status, 200);
}

TEST(Routes, AConnectionThatTheFrontRefusedIsNotedAndGetsNothing) {
  RestDoor door;
  const Connection expired{.remote = "192.0.2.7", .refused = "FAILED:certificate has expired"};
  EXPECT_EQ(door.ask("GET", "/services", {.connection = expired}).status, 401);
  ASSERT_EQ(door.denied.size(), 1U);
  EXPECT_THAT(door.denied[0], testing::HasSubstr("certificate has expired"));
}

TEST(Routes, VersionsAndHealthNeedNoToken) {
  RestDoor door;
  const auto versions = json_of(door.ask("GET", "/", {.token = ""}))["versions"];
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0]["status"], "CURRENT");
  EXPECT_EQ(versions[1]["id"], "v1.1");
  EXPECT_EQ(json_of(door.ask("GET", "/v1.1/", {.token = ""}))["version"]["id"], "v1.1");
  EXPECT_EQ(json_of(door.ask("GET", "/healthz", {.token = ""}))["status"], "ok");
  const Reply document = door.ask("GET", "/openapi.yaml", {.token = ""});
  EXPECT_TRUE(document.body.starts_with("openapi: 3.")) << document.body.substr(0, 80);
}

TEST(Routes, EveryAnswerHasARequestId) {
  RestDoor door;
  for (const char* target : {"/", "/services", "/services?x=1", "/nothing", "/services/17"})
    EXPECT_TRUE(door.ask("GET", target).header("X-Openstack-Request-Id").starts_with("req-")) << target;
}

TEST(Routes, HeadIsGet) {
  RestDoor door;
  EXPECT_EQ(door.ask("HEAD", "/services").status, 200);
}

TEST(Routes, UnknownPathsAreNovas404) {
  RestDoor door;
  for (const char* target : {"/service", "/services/a/b/c", "/v2.1/os-services"}) {
    const Reply reply = door.ask("GET", target);
    EXPECT_EQ(reply.status, 404) << target;
    EXPECT_EQ(reply.body, R"({"itemNotFound":{"code":404,"message":"The resource could not be found."}})");
  }
}

TEST(Routes, AThrowingHandlerIsAFault) {
  RestDoor door;
  door.parts.denied = [](const Request&, const Error&) { throw 7; };
  EXPECT_EQ(door.ask("GET", "/services", {.token = "wrong"}).status, 500);
}

}  // namespace
}  // namespace nova::http::test
