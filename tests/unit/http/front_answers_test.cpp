// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/http/front_fixture.hpp"

// What nginx answers itself has the form of the door's answers.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

TEST_F(FrontTest, UnknownMethodsAre405InNovasForm) {
  for (const char* method : {"FOO", "TRACE", "CONNECT", "PROPFIND", "GETX", "LOCK"}) {
    Ask ask = request("/services");
    ask.method = method;
    const Answer answer = client_.ask(ask);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, POST, DELETE") << method;
    EXPECT_TRUE(answer.header("x-openstack-request-id").starts_with("req-")) << method;
    EXPECT_THAT(answer.body, HasSubstr("\"badMethod\"")) << method;
  }
  Ask put = request("/services");
  put.method = "PUT";
  EXPECT_EQ(client_.ask(put).header("allow"), "GET, HEAD") << "the door knows the resource";
}

TEST_F(FrontTest, ConditionsAndRangesOnAFileHaveNovasForm) {
  door_.writer.grow(300);
  const Answer whole = get("/services");
  for (const char* range : {"Range: bytes=0-9", "Range: bytes=99999999-", "Range: rubbish"}) {
    const Answer answer = get("/services", {range});
    EXPECT_EQ(answer.status, 200) << range;
    EXPECT_EQ(answer.body, whole.body) << range;
  }
  const Answer unmet = get("/services", {"If-Match: \"another\""});
  EXPECT_EQ(unmet.status, 412);
  EXPECT_THAT(unmet.body, HasSubstr("preconditionFailed"));
}

TEST_F(FrontTest, WhatNginxRefusesHasNovasForm) {
  const std::string action = "/services/" + to_string(compute) + "/action";
  const Answer large = client_.ask(posting(request(action, {}, "operator"), std::string(70000, ' ')));
  EXPECT_EQ(large.status, 413);
  EXPECT_TRUE(nlohmann::json::parse(large.body).contains("overLimit"));
  EXPECT_TRUE(nlohmann::json::parse(get("/.fault/413").body).contains("itemNotFound"));
  EXPECT_TRUE(nlohmann::json::parse(get("/.denied").body).contains("itemNotFound"));
  EXPECT_TRUE(large.header("x-openstack-request-id").starts_with("req-"));
  const Answer nul = get("/services/%00");
  EXPECT_EQ(nul.status, 400);
  EXPECT_TRUE(nlohmann::json::parse(nul.body).contains("badRequest"));
  const Answer plain = client_.ask({.url = "http://localhost:" + std::to_string(config_.port) + "/"});
  EXPECT_EQ(plain.status, 400);
  EXPECT_THAT(plain.body, HasSubstr("https://"));
  EXPECT_EQ(get("/services/a%2Fb").status, 400);
  EXPECT_EQ(get("/services?limit=1&limit=2").status, 400);
  EXPECT_EQ(get("/" + std::string(9000, 'a')).status, 400);
}

TEST_F(FrontTest, AZoneThatIsDownIsA503InNovasForm) {
  server_.reset();
  const Answer answer = get("/services");
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(nlohmann::json::parse(answer.body).contains("serviceUnavailable"));
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST_F(FrontTest, APortThatIsTakenIsSaid) {
  const auto second = zone::Front::prepare(config_, *authority_, now());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(config_.port)));
  EXPECT_THAT(second.error().message, HasSubstr("Port="));
}

}  // namespace
}  // namespace nova::http::test
