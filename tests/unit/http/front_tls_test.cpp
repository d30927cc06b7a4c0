// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/unit/http/front_fixture.hpp"

// Who is believed: certificates of hosts and of the front itself.
namespace nova::http::test {
namespace {

using testing::HasSubstr;

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
  ASSERT_EQ(door_.denied.size(), 1U) << "the attempt is noted";
  EXPECT_THAT(door_.denied[0], HasSubstr("FAILED:"));
}

TEST_F(FrontTest, WhoIsNoHostIsToldBeforeTheBodyIsRead) {
  const Answer answer = client_.ask(posting(request("/federation/v1/sync"), std::string(2000000, 'x')));
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.body, HasSubstr("\"unauthorized\""));
  EXPECT_NE(answer.header("www-authenticate"), "");
  EXPECT_EQ(door_.denied.size(), 1U);
  EXPECT_THAT(door_.denied.at(0), HasSubstr("POST "));
  EXPECT_EQ(get("/federation/v1/doorbell").status, 401);
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
