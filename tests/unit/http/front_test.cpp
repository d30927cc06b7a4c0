// SPDX-License-Identifier: Apache-2.0
#include "rest/front.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "pki/key.hpp"
#include "tests/unit/http/client.hpp"

extern char** environ;

// The whole door: a real nginx with the configuration that we generate, before the real server.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

class FrontTest : public testing::Test {
 protected:
  /// @param age of its certificates
  explicit FrontTest(Millis age = Millis{0}) {
    std::string pattern = testing::TempDir() + "/nova-front-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(directory_ / "state");
    std::filesystem::create_directories(directory_ / "run");
    authority_.emplace(*ca::Authority::open(directory_ / "state" / "ca", "north", now() - age));
    config_.state_directory = directory_ / "state";
    config_.runtime_directory = directory_ / "run";
    config_.addresses = {"127.0.0.1"};
    config_.names = {"localhost", "127.0.0.1"};
    config_.port = free_port();
    config_.backend_port = free_port();
    auto front = zone::Front::prepare(config_, *authority_, now() - age);
    if (!front) throw std::runtime_error(front.error().message);
    front_.emplace(*std::move(front));
    collections_ = std::make_unique<Collections>(front_->cache());
    auto started = Server::start({.port = config_.backend_port, .threads = 3, .secret = front_->secret()},
                                 {.writer = door_.writer,
                                  .authenticator = door_.authenticator,
                                  .collections = *collections_,
                                  .hosts = door_.hosts,
                                  .denied = door_.parts.denied});
    if (!started) throw std::runtime_error(started.error().message);
    server_ = *std::move(started);
    start_nginx();
  }
  ~FrontTest() override {
    server_.reset();
    ::kill(nginx_, SIGQUIT);
    ::waitpid(nginx_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  static WallTime now() { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }

  void start_nginx() {
    const std::string conf = (directory_ / "run/front/nginx.conf").string();
    const std::string log = (directory_ / "nginx.log").string();
    std::vector<std::string> words{"nginx", "-c", conf, "-e", log};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (::posix_spawnp(&nginx_, "/usr/sbin/nginx", &actions, nullptr, argv.data(), environ) != 0)
      throw std::runtime_error("cannot start nginx");
    ::posix_spawn_file_actions_destroy(&actions);
    if (!wait_for_port(config_.port)) throw std::runtime_error("nginx does not listen: " + text_of(log));
  }

  static std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// A certificate file of a host, by this zone's CA or another one.
  std::string certificate(const std::string& name, const ca::Authority& by) {
    const auto key = *pki::Key::generate();
    const auto issued =
        by.sign(*pki::make_request(key, name), random_uuid(), name, std::chrono::hours(1), now());
    const auto file = directory_ / (name + ".pem");
    std::ofstream(file) << issued.value().pem << key.to_pem();
    return file.string();
  }

  Ask request(const std::string& target, std::vector<std::string> headers = {},
              const std::string& role = "reader") {
    headers.push_back("X-Auth-Token: the " + role + "'s token");
    return {.url = "https://localhost:" + std::to_string(config_.port) + target,
            .headers = std::move(headers),
            .ca = (directory_ / "run/ca.crt").string()};
  }
  Answer get(const std::string& target, std::vector<std::string> headers = {}) {
    return client_.ask(request(target, std::move(headers)));
  }
  static Ask posting(Ask ask, const std::string& body) {
    ask.method = "POST";
    ask.body = body;
    return ask;
  }

  std::filesystem::path directory_;
  zone::Config config_;
  std::optional<ca::Authority> authority_;
  std::optional<zone::Front> front_;
  RestDoor door_;
  std::unique_ptr<Collections> collections_;
  std::unique_ptr<Server> server_;
  pid_t nginx_ = 0;
  Client client_;
};

TEST_F(FrontTest, AnswersOverTlsAndKeepsTheConnection) {
  EXPECT_EQ(get("/services").status, 200);
  const Answer again = get("/healthz");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.new_connections, 0);
  EXPECT_EQ(get("/v1.1/17/services").status, 200);
}

TEST_F(FrontTest, HeadHasTheLengthAndNoBody) {
  const Answer body = get("/services");
  Ask ask = request("/services");
  ask.method = "HEAD";
  const Answer head = client_.ask(ask);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(body.body.size()));
  EXPECT_TRUE(head.body.empty());
  EXPECT_EQ(get("/services").status, 200);
}

TEST_F(FrontTest, ALargeCollectionComesFromAFileWithItsTag) {
  door_.writer.grow(3000);
  const Answer whole = get("/services");
  ASSERT_EQ(whole.status, 200);
  EXPECT_EQ(nlohmann::json::parse(whole.body)["services"].size(), 3005U);
  EXPECT_EQ(whole.header("content-type"), "application/json");
  EXPECT_TRUE(whole.header("x-openstack-request-id").starts_with("req-"));
  EXPECT_EQ(whole.header("last-modified"), "");
  EXPECT_EQ(whole.header("x-accel-redirect"), "");
  const std::string tag = whole.header("etag");
  EXPECT_TRUE(tag.starts_with('"'));
  EXPECT_EQ(get("/services", {"If-None-Match: " + tag}).status, 304);
  Ask packed = request("/services");
  packed.compressed = true;
  const Answer small = client_.ask(packed);
  EXPECT_EQ(small.body, whole.body);
  EXPECT_EQ(small.header("content-encoding"), "gzip");
  EXPECT_EQ(get("/services", {"If-None-Match: " + small.header("etag")}).status, 304);
  Ask head = request("/services");
  head.method = "HEAD";
  EXPECT_EQ(client_.ask(head).header("content-length"), std::to_string(whole.body.size()));
}

TEST_F(FrontTest, ReadersDuringChangesAlwaysGetAWholeCollection) {
  door_.writer.grow(300);
  std::atomic<bool> stop{false};
  std::thread changes([&] {
    for (std::uint32_t i = 0; !stop; ++i)
      door_.writer.change("compute1",
                          [i](zone::HostView& host) { host.services[0].facts.unit.restarts = i; });
  });
  std::mutex mutex;
  std::map<std::string, std::string> bodies;  // by tag: one tag is one body
  std::vector<std::future<int>> readers;
  for (int r = 0; r < 3; ++r)
    readers.push_back(std::async(std::launch::async, [&] {
      Client client;
      int good = 0;
      for (int i = 0; i < 15; ++i) {
        const Answer answer = client.ask(request("/services"));
        const auto json = nlohmann::json::parse(answer.body, nullptr, false);
        const std::scoped_lock lock(mutex);
        const auto& known = bodies.emplace(answer.header("etag"), answer.body).first->second;
        if (answer.status == 200 && json.is_object() && json["services"].size() == 305 &&
            known == answer.body)
          ++good;
      }
      return good;
    }));
  for (auto& reader : readers) EXPECT_EQ(reader.get(), 15);
  stop = true;
  changes.join();
  std::set<std::string> different;
  for (const auto& [tag, body] : bodies) different.insert(body);
  EXPECT_EQ(different.size(), bodies.size()) << "another body has another tag";
}

TEST_F(FrontTest, TheCacheIsNobodysToAskFor) {
  door_.writer.grow(300);
  EXPECT_EQ(get("/services").status, 200);
  const auto file = std::filesystem::directory_iterator(front_->cache())->path().filename().string();
  EXPECT_EQ(get("/.cache/" + file).status, 404);
  EXPECT_EQ(client_
                .ask({.url = "https://localhost:" + std::to_string(config_.port) + "/.cache/" + file,
                      .ca = (directory_ / "run/ca.crt").string()})
                .status,
            404);
}

TEST_F(FrontTest, HeadersOfTheFrontCannotBeClaimed) {
  const Answer answer = client_.ask(
      posting(request("/federation/v1/sync", {"X-Nova-Client-Verify: SUCCESS", "X-Nova-Client-Cert: x",
                                              "X-Nova-Front: " + front_->secret()}),
              "{}"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(get("/hosts/nobody", {"X-Nova-Uri: /healthz"}).status, 404);
  EXPECT_EQ(get("/services", {"X-Nova-Front: wrong"}).status, 200);
}

/// A request without a token whose body holds the beginning of another one: should the server read only a
/// part of the body, whoever comes next on that connection completes it, token and all.
Ask with_a_request_inside(const std::string& url, const std::string& method, std::size_t offset) {
  std::string body;
  while (body.size() < offset) body += "x ";
  body.resize(offset);
  return {.method = method,
          .url = url,
          .body = body + "DELETE /hosts/compute2 HTTP/1.1\r\nX-Nova-Uri: /hosts/compute2\r\nX-Rest: "};
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

TEST_F(FrontTest, WhoIsNoHostMaySendLittleAndIsHeardByNobody) {
  const Answer answer = client_.ask(posting(request("/federation/v1/sync"), std::string(60000, 'x')));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(client_.ask(posting(request("/federation/v1/sync"), std::string(2000000, 'x'))).status, 413);
  EXPECT_THAT(answer.body, HasSubstr("\"unauthorized\""));
  EXPECT_NE(answer.header("www-authenticate"), "");
  ASSERT_EQ(door_.denied.size(), 1U);
  EXPECT_THAT(door_.denied.at(0), HasSubstr("POST "));
  EXPECT_EQ(get("/federation/v1/doorbell").status, 401);
  EXPECT_EQ(door_.denied.size(), 2U);
  EXPECT_EQ(client_.ask(posting(request("/federation/v1/enrol"), std::string(70000, 'x'))).status, 413);
  EXPECT_EQ(client_.ask(posting(request("/federation/v1/enrol"), "good")).status, 200);
  EXPECT_TRUE(door_.hosts.synced.empty());
}

TEST_F(FrontTest, ALargeReportOfAHostIsTakenWithoutAWarning) {
  Ask ask = posting(request("/federation/v1/sync"), std::string(2000000, ' '));
  ask.certificate = certificate("compute1", *authority_);
  Client host;
  EXPECT_EQ(host.ask(ask).status, 200);
  EXPECT_THAT(text_of(directory_ / "nginx.log"), testing::Not(HasSubstr("[warn]")));
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

TEST_F(FrontTest, AStalledReaderOfALargeAnswerHoldsUpNobody) {
  door_.writer.grow(5000);
  const std::string port = std::to_string(config_.port);
  const std::string reader =
      "printf 'GET /services?held=false HTTP/1.1\\r\\nHost: localhost\\r\\nX-Auth-Token: the "
      "reader%ss token\\r\\n\\r\\n' \"'\" | openssl s_client -quiet -connect localhost:" +
      port + " 2>/dev/null";
  std::vector<FILE*> stalled;
  for (int i = 0; i < 6; ++i) {
    stalled.push_back(::popen(reader.c_str(), "r"));
    EXPECT_EQ(std::fgetc(stalled.back()), 'H') << "it has begun, and reads no more";
  }
  for (int i = 0; i < 30; ++i) {
    Client client;
    Ask ask = request(i % 2 ? "/healthz" : "/services");
    ask.give_up_after_ms = 10000;
    EXPECT_EQ(client.ask(ask).status, 200);
  }
  for (FILE* reader_end : stalled) ::pclose(reader_end);
}

TEST_F(FrontTest, AHostSpeaksByItsCertificate) {
  Ask ask = posting(request("/federation/v1/sync"), "{}");
  ask.certificate = certificate("compute1", *authority_);
  Client host;
  EXPECT_EQ(host.ask(ask).status, 200);
  ASSERT_EQ(door_.hosts.synced.size(), 1U);
  EXPECT_EQ(door_.hosts.synced[0], "compute1");
  door_.hosts.revoked = true;
  EXPECT_EQ(host.ask(ask).status, 403);
}

TEST_F(FrontTest, ACertificateOfAnotherCaIsRefusedInNovasForm) {
  const auto other = *ca::Authority::open(directory_ / "other", "south", now());
  Ask ask = posting(request("/federation/v1/sync"), "{}");
  ask.certificate = certificate("compute1", other);
  Client host;
  const Answer answer = host.ask(ask);
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(nlohmann::json::parse(answer.body).contains("unauthorized")) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("no CA of this zone"));
  EXPECT_TRUE(door_.hosts.synced.empty());
}

TEST_F(FrontTest, WhatNginxRefusesHasNovasForm) {
  const std::string action = "/services/" + to_string(compute) + "/action";
  const Answer large = client_.ask(posting(request(action, {}, "operator"), std::string(70000, ' ')));
  EXPECT_EQ(large.status, 413);
  EXPECT_TRUE(nlohmann::json::parse(large.body).contains("overLimit"));
  EXPECT_TRUE(nlohmann::json::parse(get("/.fault/413").body).contains("itemNotFound"));
  EXPECT_TRUE(nlohmann::json::parse(get("/.stranger").body).contains("itemNotFound"));
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

TEST_F(FrontTest, AZoneThatIsDownIsA503InNovasForm) {
  server_.reset();
  const Answer answer = get("/services");
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(nlohmann::json::parse(answer.body).contains("serviceUnavailable"));
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST_F(FrontTest, OldTlsIsRefused) {
  // TLS 1.1 is below what the front takes: no handshake, so no answer.
  const auto handshake = [&](const std::string& version) {
    const std::string probe = "openssl s_client -connect localhost:" + std::to_string(config_.port) + " -" +
                              version + " -cipher 'DEFAULT@SECLEVEL=0' </dev/null >/dev/null 2>&1";
    return std::system(probe.c_str()) == 0;
  };
  EXPECT_FALSE(handshake("tls1_1"));
  EXPECT_TRUE(handshake("tls1_2"));
}

TEST_F(FrontTest, APortThatIsTakenIsSaid) {
  const auto second = zone::Front::prepare(config_, *authority_, now());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(config_.port)));
  EXPECT_THAT(second.error().message, HasSubstr("Port="));
}

/// Started 80 of the 90 days ago that its certificate is good for.
class AgedFrontTest : public FrontTest {
 protected:
  AgedFrontTest() : FrontTest(std::chrono::hours(24 * 80)) {}

  /// Of the certificate that the front shows now.
  std::string shown_serial() const {
    const std::string command = "openssl s_client -connect localhost:" + std::to_string(config_.port) +
                                " </dev/null 2>/dev/null | openssl x509 -noout -serial";
    FILE* output = ::popen(command.c_str(), "r");
    std::array<char, 128> line{};
    const bool read = std::fgets(line.data(), line.size(), output);
    ::pclose(output);
    return read ? line.data() : "";
  }
};

TEST_F(AgedFrontTest, ANewCertificateIsTakenUpWithoutARestart) {
  Client before;
  ASSERT_EQ(before.ask(request("/healthz")).status, 200);
  const std::string old = shown_serial();
  ASSERT_NE(old, "");
  ASSERT_TRUE(front_->refresh(*authority_, now()));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (shown_serial() == old && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_NE(shown_serial(), old);
  EXPECT_EQ(Client().ask(request("/healthz")).status, 200);
}

}  // namespace
}  // namespace nova::http::test
