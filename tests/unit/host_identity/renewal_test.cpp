// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/renewal.hpp"

#include "rest/protocol/enrolment.hpp"
#include "tests/unit/host_identity/a_host.hpp"

namespace nova::federation {
namespace {

using namespace tests;

/// A host that was enrolled at noon for ten minutes (eleven with what they were dated back).
class ARenewal : public AHost {
 protected:
  void SetUp() override { ASSERT_TRUE(adopt(certificate())); }

  Renewal renewal{&identity};

  static Now at(Millis after_noon) { return {noon + after_noon, BootTime{hours{1} + after_noon}, true}; }
  std::string answer_at(const Now& now) {
    return encode(protocol::CertificateAnswer{id_1, certificate(minutes{10}, now.wall), authority.ca_pem()});
  }
};

TEST_F(ARenewal, IsAskedForAtTwoThirdsAndNotBefore) {
  EXPECT_FALSE(renewal.request("compute1", at(minutes{0})));
  EXPECT_FALSE(renewal.request("compute1", at(minutes{6})));
  const auto body = renewal.request("compute1", at(minutes{7}));
  ASSERT_TRUE(body);
  const auto csr = protocol::decode_renew_request(*body).value().csr;
  EXPECT_NE(pki::key_of_request(csr)->digest(), pki::Certificate::from_pem(present())->key_digest())
      << "every certificate has a key of its own";
}

TEST_F(ARenewal, PutsTheNewOneInPlaceAndIsQuietForAWhile) {
  ASSERT_TRUE(renewal.request("compute1", at(minutes{7})));
  const std::string before = present();
  renewal.answered(answer_at(at(minutes{7})), "compute1", id_1, at(minutes{7}));
  EXPECT_EQ(renewal.trouble(), "");
  EXPECT_NE(present(), before);
  // A wall clock that runs years ahead would find every certificate due.
  EXPECT_FALSE(renewal.request("compute1", {noon + hours{100000}, at(minutes{8}).boot, true}));
  EXPECT_TRUE(renewal.request("compute1", at(minutes{14})));
}

TEST_F(ARenewal, IsTriedAgainAfterTenSecondsWhereItFailed) {
  ASSERT_TRUE(renewal.request("compute1", at(minutes{7})));
  renewal.failed("the zone is closed", at(minutes{7}));
  EXPECT_EQ(renewal.trouble(), "cannot renew the certificate: the zone is closed");
  EXPECT_FALSE(renewal.request("compute1", at(minutes{7} + seconds{9})));
  const Now again = at(minutes{7} + seconds{10});
  ASSERT_TRUE(renewal.request("compute1", again));
  renewal.answered(answer_at(again), "compute1", id_1, again);
  EXPECT_EQ(renewal.trouble(), "");
}

TEST_F(ARenewal, IsAskedForEverMoreSeldomWhereItKeepsFailing) {
  ASSERT_TRUE(adopt(certificate(hours{24 * 30})));
  const Millis late = hours{24 * 25};
  Millis passed{};
  std::vector<Millis> pauses;
  while (pauses.size() < 12) {
    if (renewal.request("compute1", at(late + passed))) {
      renewal.failed("the clocks differ", at(late + passed));
      pauses.emplace_back();
    }
    passed += seconds{10};
    if (!pauses.empty()) pauses.back() += seconds{10};
  }
  EXPECT_EQ(pauses[0], seconds{10});
  EXPECT_EQ(pauses[1], seconds{20});
  EXPECT_EQ(pauses[10], hours{1});
}

TEST_F(ARenewal, OfAShortLifeIsNotGivenUpBeforeItEnds) {
  for (int turn = 0; turn < 6; ++turn) renewal.failed("the zone is closed", at(minutes{7}));
  EXPECT_TRUE(renewal.request("compute1", at(minutes{7} + seconds{66})))
      << "a tenth of the eleven minutes that it lives";
}

TEST_F(ARenewal, OfAHostWhoseClockIsAheadIsNoStorm) {
  ASSERT_TRUE(adopt(certificate(hours{24 * 30})));
  const auto ahead = [](Millis boot) { return Now{noon + hours{24 * 365}, BootTime{boot}, true}; };
  int asked = 0;
  for (Millis passed{}; passed < hours{24}; passed += seconds{10})
    if (renewal.request("compute1", ahead(passed))) {
      ++asked;
      renewal.answered(answer_at(at(minutes{0})), "compute1", id_1, ahead(passed));
      EXPECT_NE(renewal.trouble().find("compare the clocks"), std::string::npos) << renewal.trouble();
    }
  EXPECT_LT(asked, 40);
}

TEST_F(ARenewal, KeepsWhatItHasWhereTheAnswerIsNoGood) {
  ASSERT_TRUE(renewal.request("compute1", at(minutes{7})));
  const std::string before = present();
  for (const std::string& body : {std::string(""), std::string("{}"), std::string("rubbish")}) {
    renewal.answered(body, "compute1", id_1, at(minutes{7}));
    EXPECT_NE(renewal.trouble(), "") << body;
  }
  renewal.answered(answer_at(at(minutes{7})), "compute1", id_2, at(minutes{7}));
  EXPECT_NE(renewal.trouble().find("is not for host id"), std::string::npos) << renewal.trouble();
  EXPECT_EQ(present(), before);
}

TEST_F(ARenewal, IsNobodysBusinessWithoutAnIdentity) {
  Renewal none(nullptr);
  EXPECT_FALSE(none.request("compute1", at(hours{100})));
}

}  // namespace
}  // namespace nova::federation
