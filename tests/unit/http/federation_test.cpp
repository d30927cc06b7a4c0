// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>

#include "pki/key.hpp"
#include "rest/http/target.hpp"
#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

TEST(FederationDoor, AHostWithoutACertificateIsNobody) {
  RestDoor door;
  for (const char* target : {"/federation/v1/sync", "/federation/v1/renew"})
    EXPECT_EQ(door.ask("POST", target, {.token = "the admin's token", .body = "{}"}).status, 401) << target;
  EXPECT_EQ(door.ask("GET", "/federation/v1/doorbell", {}).status, 401);
  EXPECT_EQ(door.denied.size(), 3U);
  EXPECT_TRUE(door.hosts.synced.empty());
}

TEST(FederationDoor, ACertificateThatWasNotVerifiedIsNone) {
  RestDoor door;
  const Connection claimed{.remote = "192.0.2.7", .verified = false, .certificate = "anything"};
  EXPECT_EQ(door.ask("POST", "/federation/v1/sync", {.body = "{}", .connection = claimed}).status, 401);
}

TEST(FederationDoor, AnUnreadableCertificateIsRefused) {
  RestDoor door;
  const Connection claimed{.remote = "192.0.2.7", .verified = true, .certificate = "rubbish%"};
  const Reply reply = door.ask("POST", "/federation/v1/sync", {.body = "{}", .connection = claimed});
  EXPECT_GE(reply.status, 400);
  EXPECT_LT(reply.status, 500);
  EXPECT_TRUE(door.hosts.synced.empty());
}

TEST(FederationDoor, ACertificateThatHasRunOutIsRefusedOnAResumedSessionToo) {
  RestDoor door;
  const auto directory = std::filesystem::path(testing::TempDir()) / ("ca-" + to_string(random_uuid()));
  const auto authority = ca::Authority::open(directory, "north", story_time() - std::chrono::hours(48));
  ASSERT_TRUE(authority) << authority.error().message;
  const auto ask_with = [&](Millis life) {
    const auto key = *pki::Key::generate();
    const auto issued = authority->sign(*pki::make_request(key, "compute1"), random_uuid(), "compute1", life,
                                        story_time() - std::chrono::hours(24));
    const Connection connection{
        .remote = "192.0.2.7", .verified = true, .certificate = percent_encode(issued->pem)};
    return door.ask("POST", "/federation/v1/sync", {.body = "{}", .connection = connection}).status;
  };
  EXPECT_EQ(ask_with(std::chrono::hours(23)), 401);
  EXPECT_TRUE(door.hosts.synced.empty());
  EXPECT_EQ(ask_with(std::chrono::hours(25)), 200);
  std::filesystem::remove_all(directory);
}

TEST(FederationDoor, ADenialNamesTheHostOfTheCertificate) {
  RestDoor door;
  door.hosts.revoked = true;
  const auto directory = std::filesystem::path(testing::TempDir()) / ("ca-" + to_string(random_uuid()));
  const auto authority = ca::Authority::open(directory, "north", story_time());
  const auto key = *pki::Key::generate();
  const auto issued = authority->sign(*pki::make_request(key, "compute1"), random_uuid(), "compute1",
                                      std::chrono::hours(1), story_time());
  const Connection connection{.verified = true, .certificate = percent_encode(issued->pem)};
  for (const char* target : {"/federation/v1/sync", "/federation/v1/renew"})
    EXPECT_EQ(door.ask("POST", target, {.body = "{}", .connection = connection}).status, 403);
  EXPECT_EQ(door.ask("GET", "/federation/v1/doorbell", {.connection = connection}).status, 403);
  EXPECT_EQ(door.denied_actors, (std::vector<std::string>{"compute1", "compute1", "compute1"}));
  std::filesystem::remove_all(directory);
}

TEST(FederationDoor, ANameThatAnotherHostHasIsNoted) {
  RestDoor door;
  EXPECT_EQ(door.ask("POST", "/federation/v1/enrol", {.token = "", .body = "taken"}).status, 409);
  EXPECT_EQ(door.denied.size(), 1U);
}

TEST(FederationDoor, EnrolmentNeedsItsJoinTokenOnly) {
  RestDoor door;
  EXPECT_EQ(door.ask("POST", "/federation/v1/enrol", {.token = "", .body = "good"}).status, 200);
  const Reply used = door.ask("POST", "/federation/v1/enrol", {.token = "", .body = "used"});
  EXPECT_EQ(used.status, 403);
  EXPECT_EQ(door.denied.size(), 1U);
}

TEST(FederationDoor, WithoutAFrontAHostIsTakenAtItsWord) {
  RestDoor door;
  door.parts.anonymous = true;
  EXPECT_EQ(door.ask("POST", "/federation/v1/sync", {.token = "", .body = "{}"}).status, 200);
  const std::string bell = "/federation/v1/doorbell?host=" + to_string(random_uuid());
  const Reply reply = door.ask("GET", bell + "&revision=5&wait=3", {.token = ""});
  ASSERT_TRUE(reply.parked);
  EXPECT_EQ(reply.parked->longest, std::chrono::seconds(3));
  int rung = 0;
  reply.parked->start([&] { ++rung; });
  door.hosts.bells.at(0)();
  EXPECT_EQ(rung, 1);
  EXPECT_EQ(reply.parked->then().body, "{}");
  EXPECT_EQ(reply.parked->stopped().status, 503) << "no ring: there would be nobody to report to";
  for (const char* wrong : {"&wait=0", "&wait=61", "&revision=-1", "&revison=1"})
    EXPECT_EQ(door.ask("GET", bell + wrong, {.token = ""}).status, 400) << wrong;
}

}  // namespace
}  // namespace nova::http::test
