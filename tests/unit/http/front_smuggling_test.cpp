// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <memory>
#include <vector>

#include "tests/unit/http/front_fixture.hpp"

// Nobody's bytes, headers or leaving may become another one's request or answer.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

TEST_F(FrontTest, HeadersOfTheFrontCannotBeClaimed) {
  const Answer answer = client_.ask(
      posting(request("/federation/v1/sync", {"X-Nova-Client-Verify: SUCCESS", "X-Nova-Client-Cert: x",
                                              "X-Nova-Front: " + front_->secret() + " GET /healthz"}),
              "{}"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(get("/hosts/nobody", {"X-Nova-Front: x GET /healthz", "X-Nova-Again: x"}).status, 404);
  EXPECT_EQ(get("/healthz", {"X-Nova-Denied: GET / HTTP/1.1"}).status, 200);
  EXPECT_EQ(get("/services", {"X-Nova-Front: wrong"}).status, 200);
}

/// A request without a token whose body holds the beginning of another one: should the server read only a
/// part of the body, whoever comes next on that connection completes it, token and all.
Ask with_a_request_inside(const std::string& url, const std::string& method, std::size_t offset) {
  std::string body;
  while (body.size() < offset) body += "x ";
  body.resize(offset);
  return {
      .method = method,
      .url = url,
      .body = body + "DELETE /hosts/compute2 HTTP/1.1\r\nX-Nova-Front: x DELETE /hosts/compute2\r\nX-Rest: "};
}

TEST_F(FrontTest, ABodyIsNeverReadAsTheNextClientsRequest) {
  std::vector<std::unique_ptr<Client>> admins;  // several, so that each worker of the front serves one
  for (int i = 0; i < 6; ++i) admins.push_back(std::make_unique<Client>());
  const auto try_all = [&](const std::string& method, std::size_t offset) {
    Ask stranger = with_a_request_inside(request("/services").url, method, offset);
    stranger.ca = request("/").ca;
    client_.ask(stranger);
    for (const auto& admin : admins)
      EXPECT_EQ(admin->ask(request("/services", {}, "admin")).status, 200) << method << " " << offset;
  };
  // The library reads 4,096 bytes at a time, the head among them, whose length is the front's.
  for (std::size_t offset = 3500; offset < 3900; ++offset) try_all("FOO", offset);
  for (const char* method :
       {"FOO", "TRACE", "CONNECT", "PROPFIND", "get", "GET", "DELETE", "OPTIONS", "POST"})
    for (const std::size_t offset : {0U, 4096U, 8192U}) try_all(method, offset);
  EXPECT_TRUE(door_.writer.removed.empty());
}

TEST_F(FrontTest, OnlyRequestsWithoutABodyShareConnections) {
  // Whatever the door answers, and however early: the next client is never on that connection.
  for (const char* target : {"/services", "/hosts/compute1", "/nothing", "/services?%zz", "/openapi.yaml"})
    for (const char* method : {"GET", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"}) {
      Ask ask = request(target);
      ask.method = method;
      ask.body = std::string(5000, '{');
      EXPECT_GE(client_.ask(ask).status, 200) << method << target;
      EXPECT_EQ(get("/healthz").body, R"({"status":"ok","zone":"north"})") << method << target;
    }
}

TEST_F(FrontTest, HeadersThatTheLibraryCannotReadDoNotReachIt) {
  for (const char* header :
       {"Accept: */rubbish;;", "Cookie: ;;;===", "Date: yesterday", "Cache-Control: max-age=x",
        "Content-Type: no/such;", "Expect: 200-maybe", "Authorization: Basic", "Upgrade: h2c", "TE: trailers",
        "Accept-Encoding: ;;", "Content-Length: 0"})
    EXPECT_EQ(get("/services", {header}).status, 200) << header;
  const Answer refused = get("/services", {"Transfer-Encoding: identity;;"});
  EXPECT_EQ(refused.status, 400) << "how long its body is, nobody can say";
  EXPECT_THAT(refused.body, HasSubstr("badRequest"));
}

TEST_F(FrontTest, AChunkedBodyIsReadHoweverItIsCut) {
  const std::string action = "/services/" + to_string(compute) + "/action";
  for (int i = 0; i < 20; ++i) {
    Ask ask = posting(request(action, {}, "operator"),
                      "{\"pause\": {\"reason\": \"" + std::string(static_cast<std::size_t>(i) * 12, 'x') +
                          "\"}}" + std::string(static_cast<std::size_t>(i) * 501, ' '));
    ask.chunked = true;
    EXPECT_EQ(client_.ask(ask).status, 202) << i;
  }
}

TEST_F(FrontTest, ClientsThatLeaveWhileTheyWaitSpoilNobodysAnswer) {
  const std::string action = "/services/" + to_string(compute) + "/action";
  std::vector<std::future<Answer>> leaving;
  for (int i = 0; i < 20; ++i)
    leaving.push_back(std::async(std::launch::async, [&, i] {
      Client client;
      Ask ask = posting(request(action, {"Prefer: wait=30"}, "operator"),
                        "{\"pause\": {\"owner\": \"o" + std::to_string(i) + "\"}}");
      ask.give_up_after_ms = 300;
      return client.ask(ask);
    }));
  for (auto& one : leaving) EXPECT_EQ(one.get().status, 0);
  const auto accepted = door_.writer.actions(compute, 1000, std::nullopt);
  for (const auto& done : *accepted) door_.writer.finish(done.id, Outcome::succeeded, "");
  for (int i = 0; i < 200; ++i) {
    Client client;
    const Answer answer = client.ask(request("/healthz"));
    ASSERT_EQ(answer.status, 200);
    ASSERT_THAT(answer.body, HasSubstr("\"ok\""));
  }
}

}  // namespace
}  // namespace nova::http::test
