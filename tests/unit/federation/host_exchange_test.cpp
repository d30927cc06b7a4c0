// SPDX-License-Identifier: Apache-2.0
// The zone's door for hosts: a host speaks for itself only, and what cannot be believed changes nothing.
#include "rest/federation/host_exchange.hpp"

#include <gtest/gtest.h>

#include "rest/protocol/codec.hpp"
#include "rest/protocol/gzip.hpp"
#include "rest/writer/writer.hpp"
#include "tests/unit/protocol/samples.hpp"

namespace nova::federation {
namespace {

namespace samples = protocol::samples;

/// Remembers what reached it.
class FakeWriter final : public writer::Writer {
 public:
  std::shared_ptr<const zone::Snapshot> snapshot() const override { return published; }
  Result<Action> act(const writer::ActionRequest&) override { return fail(Errc::internal, ""); }
  Result<Action> action(const Uuid&) const override { return fail(Errc::internal, ""); }
  Result<std::vector<Action>> actions(const Uuid&, std::size_t, std::optional<Uuid>) const override {
    return fail(Errc::internal, "");
  }
  Result<protocol::SyncAnswer> sync(const protocol::SyncRequest& request) override {
    heard.push_back(request);
    if (refusal) return std::unexpected(*refusal);
    return protocol::SyncAnswer{
        .host = request.host, .nonce = request.nonce, .zone = samples::id(9), .holds = {.digest = "d"}};
  }
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override {
    rung.emplace_back(host, revision);
    ring();
  }
  void when_final(const Uuid&, std::function<void()>) override {}
  Result<void> remove_host(const Uuid&, const Caller&) override { return {}; }
  void drain() override {}

  std::vector<protocol::SyncRequest> heard;
  std::vector<std::pair<Uuid, std::uint64_t>> rung;
  std::optional<Error> refusal;
  std::shared_ptr<const zone::Snapshot> published = std::make_shared<zone::Snapshot>();
};

/// A zone that knows one host, and has not heard it for long.
std::shared_ptr<const zone::Snapshot> knows(const Uuid& id, const std::string& name) {
  auto host = std::make_shared<zone::HostView>();
  host->id = id;
  host->name = name;
  host->presence = zone::Presence::lost;
  auto index = std::make_shared<zone::Index>();
  index->hosts[id] = 0;
  auto snapshot = std::make_shared<zone::Snapshot>();
  snapshot->hosts = {host};
  snapshot->index = index;
  return snapshot;
}

class HostExchangeTest : public testing::Test {
 protected:
  FakeWriter writer;
  HostExchange exchange{writer};
  HostCredential compute1{samples::id(1), "compute1"};
  std::string body = protocol::encode(samples::request());
};

TEST_F(HostExchangeTest, AReportReachesTheWriterAndItsAnswerTheHost) {
  const auto answer = exchange.sync(compute1, body);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(writer.heard, std::vector{samples::request()});
  EXPECT_EQ(protocol::decode_answer(*answer)->nonce, samples::request().nonce);
}

TEST_F(HostExchangeTest, ACompressedReportIsTheSame) {
  ASSERT_TRUE(exchange.sync(compute1, protocol::gzip(body)));
  EXPECT_EQ(writer.heard, std::vector{samples::request()});
}

TEST_F(HostExchangeTest, ABombIsDefused) {
  const auto answer = exchange.sync(compute1, protocol::gzip(std::string(100'000'000, '[')));
  EXPECT_EQ(answer.error().code, Errc::too_large);
  EXPECT_TRUE(writer.heard.empty());
}

TEST_F(HostExchangeTest, AHostThatClaimsAnothersIdIsRefusedByName) {
  const auto answer = exchange.sync(HostCredential{samples::id(2), "compute1"}, body);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::access_denied);
  EXPECT_EQ(answer.error().field, "host");
  EXPECT_TRUE(writer.heard.empty());
}

TEST_F(HostExchangeTest, AHostThatClaimsAnothersNameIsRefusedByName) {
  const auto answer = exchange.sync(HostCredential{samples::id(1), "compute2"}, body);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::access_denied);
  EXPECT_EQ(answer.error().field, "name");
  EXPECT_NE(answer.error().message.find("compute2"), std::string::npos);
  EXPECT_TRUE(writer.heard.empty());
}

TEST_F(HostExchangeTest, TheNameAloneSpeaksWhereTheCertificateHasNoId) {
  EXPECT_TRUE(exchange.sync(HostCredential{Uuid{}, "compute1"}, body));
  writer.published = knows(samples::id(1), "compute1");
  EXPECT_TRUE(exchange.sync(HostCredential{Uuid{}, "compute1"}, body));
  const auto other = exchange.sync(HostCredential{Uuid{}, "compute2"}, body);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().field, "name");
  EXPECT_EQ(writer.heard.size(), 2U);
}

TEST_F(HostExchangeTest, WithoutAnIdInTheCertificateNobodyTakesOverALostHost) {
  writer.published = knows(samples::id(1), "compute7");
  const auto answer = exchange.sync(HostCredential{Uuid{}, "compute1"}, body);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::access_denied);
  EXPECT_EQ(answer.error().field, "host");
  EXPECT_NE(answer.error().message.find("compute7"), std::string::npos) << answer.error().message;
  EXPECT_TRUE(writer.heard.empty());
  EXPECT_TRUE(exchange.sync(compute1, body)) << "an id that a CA vouches for may have a new name";
}

TEST_F(HostExchangeTest, AHostIsFoundByItsNameWhereTheCertificateHasNoId) {
  EXPECT_EQ(exchange.id_of({samples::id(2), "compute1"}), samples::id(2));
  EXPECT_TRUE(exchange.id_of({Uuid{}, "compute1"}).is_nil());
  writer.published = knows(samples::id(1), "compute1");
  EXPECT_EQ(exchange.id_of({Uuid{}, "compute1"}), samples::id(1));
  EXPECT_TRUE(exchange.id_of({Uuid{}, to_string(samples::id(1))}).is_nil()) << "an id is no name";
}

TEST_F(HostExchangeTest, WithoutAFrontThereAreNoCertificatesToCompare) {
  EXPECT_TRUE(exchange.sync(std::nullopt, body));
}

TEST_F(HostExchangeTest, RubbishNeverReachesTheWriter) {
  for (const std::string& rubbish : {std::string(), std::string("{"), std::string("\xff\xfe"),
                                     std::string("\x1f\x8b!"), body.substr(0, body.size() / 2), body + body})
    EXPECT_FALSE(exchange.sync(compute1, rubbish));
  EXPECT_TRUE(writer.heard.empty());
}

TEST_F(HostExchangeTest, ARefusalOfTheZoneIsPassedOn) {
  writer.refusal = Error{Errc::conflict, "cannot take it: two machines", "incarnation"};
  EXPECT_EQ(exchange.sync(compute1, body).error().code, Errc::conflict);
}

TEST_F(HostExchangeTest, TheDoorbellIsTheWriters) {
  bool rang = false;
  exchange.doorbell(samples::id(1), 7, [&rang] { rang = true; });
  EXPECT_TRUE(rang);
  EXPECT_EQ(writer.rung[0], std::pair(samples::id(1), std::uint64_t{7}));
}

}  // namespace
}  // namespace nova::federation
