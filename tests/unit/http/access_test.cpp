// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

TEST(Access, WithoutATokenIs401WithAWayIn) {
  RestDoor door;
  const Reply reply = door.ask("GET", "/services", {.token = ""});
  EXPECT_EQ(reply.status, 401);
  EXPECT_FALSE(reply.header("WWW-Authenticate").empty());
  EXPECT_TRUE(json_of(reply).contains("unauthorized"));
  EXPECT_EQ(door.ask("GET", "/services", {.token = "a guess"}).status, 401);
  EXPECT_EQ(door.denied.size(), 2U);
}

TEST(Access, TheRoleStandsBesideTheRoute) {
  // Who may do what, route by route: the door asks nobody else.
  RestDoor door;
  const std::map<Access, std::vector<int>> expected{{Access::open, {1, 1, 1, 1}},
                                                    {Access::reader, {0, 1, 1, 1}},
                                                    {Access::operator_, {0, 0, 1, 1}},
                                                    {Access::admin, {0, 0, 0, 1}}};
  const std::vector<std::string> tokens{"", "the reader's token", "the operator's token",
                                        "the admin's token"};
  for (const Route& route : routes()) {
    if (route.access == Access::host || route.path == "/federation/v1/enrol") continue;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Reply reply = door.ask(std::string(route.method), std::string(route.path), {.token = tokens[i]});
      const bool let_in = reply.status != 401 && reply.status != 403;
      EXPECT_EQ(let_in, expected.at(route.access)[i] == 1)
          << route.method << " " << route.path << " with \"" << tokens[i] << "\": " << reply.status;
    }
  }
}

TEST(Access, ARevokedTokenEndsWithinItsAge) {
  std::vector<Token> stored{{"rita", Role::reader, token_hash("t")}};
  int reads = 0;
  Authenticator authenticator(
      [&]() -> Result<std::vector<Token>> {
        ++reads;
        return stored;
      },
      Millis{500});
  const WallTime start = story_time();
  ASSERT_TRUE(authenticator.authenticate("t", start));
  stored.clear();
  EXPECT_TRUE(authenticator.authenticate("t", start + Millis{499}));
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(authenticator.authenticate("t", start + Millis{500}).error().code, Errc::unauthenticated);
}

TEST(Access, ANewTokenIsKnownAtOnceAndGuessesDoNotReadWithoutEnd) {
  std::vector<Token> stored{{"rita", Role::reader, token_hash("t")}};
  int reads = 0;
  Authenticator authenticator([&]() -> Result<std::vector<Token>> {
    ++reads;
    return stored;
  });
  const WallTime start = story_time();
  ASSERT_TRUE(authenticator.authenticate("t", start));
  stored.push_back({"anna", Role::admin, token_hash("new")});
  EXPECT_TRUE(authenticator.authenticate("new", start + Millis{20}));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(authenticator.authenticate("a guess", start + Millis{25}));
  EXPECT_EQ(reads, 2);
}

TEST(Access, AClockThatStepsBackMakesNothingLiveLonger) {
  std::vector<Token> stored{{"rita", Role::reader, token_hash("t")}};
  Authenticator authenticator([&]() -> Result<std::vector<Token>> { return stored; });
  ASSERT_TRUE(authenticator.authenticate("t", story_time()));
  stored.clear();
  EXPECT_FALSE(authenticator.authenticate("t", story_time() - std::chrono::hours(1)));
}

TEST(Access, AStoreThatDoesNotAnswerIsBridgedForAMinute) {
  bool broken = false;
  Authenticator authenticator([&]() -> Result<std::vector<Token>> {
    if (broken) return fail(Errc::storage_failed, "cannot read");
    return std::vector<Token>{{"rita", Role::reader, token_hash("t")}};
  });
  ASSERT_TRUE(authenticator.authenticate("t", story_time()));
  broken = true;
  EXPECT_TRUE(authenticator.authenticate("t", story_time() + std::chrono::seconds(59)));
  EXPECT_EQ(authenticator.authenticate("t", story_time() + std::chrono::seconds(61)).error().code,
            Errc::unavailable);
}

TEST(Access, TokensAreLongAndNeverTwice) {
  const std::string one = new_token();
  EXPECT_TRUE(one.starts_with("nova_"));
  EXPECT_GE(one.size(), 5 + 43U);
  EXPECT_NE(one, new_token());
  EXPECT_EQ(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Access, AnonymousIsForZonesWithoutAFrontOnly) {
  RestDoor door;
  door.parts.anonymous = true;
  EXPECT_EQ(door.ask("GET", "/services", {.token = ""}).status, 200);
  EXPECT_EQ(door.ask("GET", "/services", {.token = "wrong"}).status, 401);
}

}  // namespace
}  // namespace nova::http::test
