// SPDX-License-Identifier: Apache-2.0
// The link over real sockets, against a zone that answers as the test wants.
#include "daemon/federation/link.hpp"

#include <gtest/gtest.h>
#include <systemd/sd-event.h>

#include <condition_variable>
#include <mutex>

#include "model/text.hpp"
#include "rest/protocol/codec.hpp"
#include "rest/protocol/gzip.hpp"
#include "tests/unit/federation/tiny_server.hpp"
#include "tests/unit/host/a_host.hpp"

namespace nova::federation {
namespace {

using host::AHost;
using protocol::SyncAnswer;
using protocol::SyncRequest;

/// A zone that says yes; its doorbell rings when the test says so.
class YesZone {
 public:
  std::string answer(const WireRequest& wire) {
    if (wire.head.starts_with("GET /federation/v1/doorbell")) return park(wire);
    const std::lock_guard lock(mutex_);
    heads.push_back(wire.head);
    const auto request = protocol::decode_request(
        protocol::is_gzip(wire.body) ? protocol::gunzip(wire.body, protocol::max_body).value() : wire.body);
    if (!request) return TinyServer::response(400, R"({"badRequest": {"code": 400, "message": "rubbish"}})");
    syncs.push_back(*request);
    if (!fault.empty()) return TinyServer::response(403, fault);
    SyncAnswer yes{
        .host = request->host, .nonce = request->nonce, .zone_name = "south", .zone = request->host};
    yes.acknowledged = request->sequence;
    yes.holds.digest = request->holds.digest;
    yes.revision = 7;
    yes.interval = interval;
    for (const Action& action : request->actions) yes.acknowledged_actions.push_back(action.id);
    if (misdeliver-- > 0) yes.nonce = request->host;
    return TinyServer::response(200, protocol::encode(yes));
  }
  void ring() {
    const std::lock_guard lock(mutex_);
    ++rings_;
    rung_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    rung_.notify_all();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return syncs.size();
  }
  std::size_t parked() {
    const std::lock_guard lock(mutex_);
    return doorbells.size();
  }

  std::vector<SyncRequest> syncs;
  std::vector<std::string> heads;
  std::vector<std::string> doorbells;
  std::string fault;
  int misdeliver = 0;
  Millis interval{3'600'000};

 private:
  std::string park(const WireRequest& wire) {
    std::unique_lock lock(mutex_);
    doorbells.push_back(wire.head.substr(0, wire.head.find('\r')));
    rung_.wait(lock, [this] { return rings_ > 0 || closing_; });
    if (closing_) return "";
    --rings_;
    return TinyServer::response(200, "{}");
  }

  std::mutex mutex_;
  std::condition_variable rung_;
  int rings_ = 0;
  bool closing_ = false;
};

class LinkTest : public testing::Test {
 protected:
  LinkTest() : host({.require_reason = false, .has_zone = true}) { sd_event_new(&loop); }
  ~LinkTest() override {
    zone.close();
    link.reset();
    sd_event_unref(loop);
  }

  void serve(std::uint16_t port = 0) {
    server =
        std::make_unique<TinyServer>(port, [this](const WireRequest& wire) { return zone.answer(wire); });
  }
  void connect(std::vector<std::string> urls) {
    link = std::make_unique<Link>(
        loop, *host.agent, LinkSettings{.urls = std::move(urls)},
        Link::Ports{[this] { return host.now; }, [this](const LinkState& state) { states.push_back(state); },
                    nullptr, [this] { before_sync(); }, &excerpts});
  }
  /// Runs the loop until something is so; a minute at most.
  void until(const std::function<bool()>& so) {
    for (int i = 0; i < 3000 && !so(); ++i) sd_event_run(loop, 20'000);
    ASSERT_TRUE(so());
  }
  std::function<void()> before_sync = [] {};
  bool connected() const { return link->state().connected; }

  AHost host;
  host::JournalExcerpts excerpts{host.agent->host()};
  YesZone zone;
  sd_event* loop = nullptr;
  std::unique_ptr<TinyServer> server;
  std::unique_ptr<Link> link;
  std::vector<LinkState> states;
};

TEST_F(LinkTest, WhatMovesIsReadBeforeEachSync) {
  serve();
  double load = 1;
  before_sync = [&] { host.agent->observe_self(load++, host.now.wall); };
  connect({server->url()});
  until([&] { return connected(); });
  ASSERT_TRUE(host.pause("alice"));
  until([&] { return zone.count() >= 2; });
  EXPECT_EQ(zone.syncs[0].load1, 1);
  EXPECT_EQ(zone.syncs[1].load1, 2);
}

TEST_F(LinkTest, ANewExcerptOfTheJournalIsToldAtOnce) {
  serve();
  connect({server->url()});
  until([&] { return connected(); });
  const auto query = excerpts.due(host.now, true);
  ASSERT_TRUE(query);
  excerpts.take({.since = query->since});
  link->hurry();
  until([&] { return zone.count() >= 2; });
  EXPECT_EQ(zone.syncs[1].journal->services.size(), 2u);
}

TEST_F(LinkTest, JoinsAZoneAndParksItsDoorbell) {
  serve();
  connect({server->url()});
  until([&] { return connected() && zone.parked() == 1; });
  EXPECT_EQ(link->state().zone, "south");
  EXPECT_EQ(zone.doorbells[0],
            "GET /federation/v1/doorbell?revision=7&wait=20&host=" + to_string(host::host_id) + " HTTP/1.1");
  EXPECT_EQ(states.size(), 1u);
}

TEST_F(LinkTest, WorksWithoutAZoneAndJoinsItWhenItAppears) {
  const auto port = free_port();
  connect({"http://127.0.0.1:" + std::to_string(port)});
  until([&] { return !states.empty(); });
  EXPECT_FALSE(connected());
  EXPECT_FALSE(link->state().trouble.empty());
  ASSERT_TRUE(host.pause("alice"));
  serve(port);
  until([&] { return connected(); });
  EXPECT_EQ(zone.syncs[0].holds.delta.adds.size(), 1u) << "what happened meanwhile is said first";
  EXPECT_EQ(states.size(), 2u) << "the same trouble is told once";
}

TEST_F(LinkTest, WhatHappensHereIsSaidAtOnce) {
  serve();
  connect({server->url()});
  until([&] { return zone.parked() == 1; });
  const auto before = zone.count();
  ASSERT_TRUE(host.pause("alice"));
  until([&] { return zone.count() > before; });
  EXPECT_EQ(zone.syncs.back().holds.delta.adds.size(), 1u);
}

TEST_F(LinkTest, TheDoorbellMeansSync) {
  serve();
  connect({server->url()});
  until([&] { return zone.parked() == 1; });
  const auto before = zone.count();
  zone.ring();
  until([&] { return zone.count() == before + 1 && zone.parked() == 2; });
}

TEST_F(LinkTest, TheNextUrlIsTriedWhenOneFails) {
  serve();
  connect({"http://127.0.0.1:" + std::to_string(free_port()), server->url()});
  until([&] { return connected(); });
  EXPECT_EQ(link->state().url, server->url());
}

TEST_F(LinkTest, ManyUrlsThatAreDownAreToldOnceEach) {
  const std::string first = "http://127.0.0.1:" + std::to_string(free_port());
  serve();
  zone.fault = R"({"forbidden": {"code": 403, "message": "not yet"}})";
  connect({first, server->url()});
  until([&] { return zone.count() >= 4; });
  EXPECT_EQ(states.size(), 2u) << "not a line for every retry";
  zone.fault.clear();
  until([&] { return connected(); });
}

TEST_F(LinkTest, AMisdeliveredAnswerIsNotUsed) {
  zone.misdeliver = 2;
  serve();
  connect({server->url()});
  until([&] { return connected(); });
  EXPECT_EQ(zone.count(), 3u);
  EXPECT_NE(states[0].trouble.find("made for another request"), std::string::npos) << states[0].trouble;
}

TEST_F(LinkTest, ARefusalIsTroubleInTheZonesWords) {
  zone.fault = R"({"forbidden": {"code": 403, "message": "a host speaks for itself only"}})";
  serve();
  connect({server->url()});
  until([&] { return !states.empty(); });
  EXPECT_EQ(link->state().trouble, "it answered 403: a host speaks for itself only");
}

TEST_F(LinkTest, WhateverAProxyAnswersIsTroubleInWordsThatCanBeShown) {
  zone.fault = "<h1>d\xe9sol\xe9</h1>\r\n\x1b[2J" + std::string(399, 'x') + "\xc3\xa9";
  serve();
  connect({server->url()});
  until([&] { return !states.empty(); });
  const std::string& trouble = link->state().trouble;
  EXPECT_TRUE(trouble.starts_with("it answered 403: <h1>d?sol?</h1>   [2Jxxx")) << trouble;
  EXPECT_TRUE(trouble.ends_with("x\u2026")) << trouble;
  EXPECT_TRUE(text_length(trouble));
}

TEST_F(LinkTest, BodiesHaveALengthAndLargeOnesAreCompressed) {
  for (int i = 0; i < 200; ++i)
    host.units.push_back(
        host::running("nova-conductor", Kind::conductor, "nova-conductor-" + std::to_string(i)));
  for (std::size_t i = 2; i < host.units.size(); ++i) host.units[i].instance = std::to_string(i);
  host.agent->observe(host.units, host.now);
  serve();
  connect({server->url()});
  until([&] { return connected(); });
  EXPECT_EQ(zone.syncs[0].services.size(), 202u);
  EXPECT_NE(zone.heads[0].find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_NE(zone.heads[0].find("Content-Length: "), std::string::npos);
  EXPECT_EQ(zone.heads[0].find("chunked"), std::string::npos);
}

TEST_F(LinkTest, APlannedStopIsAnnounced) {
  serve();
  connect({server->url()});
  until([&] { return zone.parked() == 1; });
  bool left = false;
  link->leave(std::chrono::minutes{1}, [&left] { left = true; });
  until([&] { return left; });
  EXPECT_TRUE(zone.syncs.back().leaving);
}

TEST_F(LinkTest, WithoutAZoneAStopTakesNoTime) {
  connect({"http://127.0.0.1:" + std::to_string(free_port())});
  bool left = false;
  link->leave(std::chrono::minutes{10}, [&left] { left = true; });
  until([&] { return left; });
}

TEST(ZoneUrl, IsHttpsOrThisMachine) {
  for (const char* good : {"https://zone.example:8790", "https://[2001:db8::1]:8790", "http://127.0.0.1:8791",
                           "http://localhost:8791", "http://[::1]:8791", "https://zone.example/"})
    EXPECT_TRUE(check_zone_url(good)) << good;
  for (const char* bad : {"", "zone.example:8790", "http://zone.example:8790", "http://127.example.com",
                          "https://zone.example/path", "ftp://zone", "https://me@zone.example",
                          "https://zone.example?x=1", "https://"})
    EXPECT_FALSE(check_zone_url(bad)) << bad;
}

}  // namespace
}  // namespace nova::federation
