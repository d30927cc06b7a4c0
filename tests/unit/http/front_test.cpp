// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/unit/http/front_fixture.hpp"

// The whole door: a real nginx with the configuration that we generate, before the real server.
namespace nova::http::test {
namespace {

const Uuid compute = FakeWriter::service("compute1", "nova-compute");

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

TEST_F(FrontTest, AFileThatIsGoneIsSentFromMemory) {
  door_.writer.grow(300);
  const Answer whole = get("/services");
  ASSERT_FALSE(std::filesystem::is_empty(front_->cache()));
  for (const auto& file : std::filesystem::directory_iterator(front_->cache()))
    std::filesystem::remove(file.path());
  const Answer again = get("/services");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, whole.body);
  EXPECT_EQ(again.header("etag"), whole.header("etag"));
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

TEST_F(FrontTest, AFrontThatEndsStillAnswersWhatIsParked) {
  const std::string action = "/services/" + to_string(compute) + "/action";
  auto waiting = std::async(std::launch::async, [&] {
    return Client().ask(posting(request(action, {"Prefer: wait=30"}, "operator"), R"({"pause": {}})"));
  });
  while (door_.writer.actions(compute, 1, std::nullopt)->empty()) std::this_thread::yield();
  ::kill(nginx_, SIGQUIT);
  while (waiting.wait_for(std::chrono::milliseconds(1)) == std::future_status::timeout)
    server_->answer_parked();
  EXPECT_EQ(waiting.get().status, 303);
}

}  // namespace
}  // namespace nova::http::test
