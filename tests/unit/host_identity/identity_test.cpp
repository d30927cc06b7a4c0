// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/host_identity/a_host.hpp"

namespace nova::federation {
namespace {

using namespace tests;

using AnIdentity = AHost;

TEST_F(AnIdentity, IsNobodyAtFirst) {
  EXPECT_FALSE(identity.certificate()->has_value());
  EXPECT_FALSE(identity.renewal_due(noon));
  EXPECT_EQ(mode_of(folder / "pki"), 0700U);
}

TEST_F(AnIdentity, AsksWithOneKeyUntilItIsAnswered) {
  const auto first = pki::key_of_request(identity.request("compute1").value())->digest();
  EXPECT_EQ(pki::key_of_request(identity.request("compute1").value())->digest(), first);
  const Identity after_a_crash = Identity::open(folder / "pki").value();
  EXPECT_EQ(pki::key_of_request(after_a_crash.request("compute1").value())->digest(), first);
}

TEST_F(AnIdentity, TakesKeyCertificateAndCaTogether) {
  const std::string pem = certificate();
  ASSERT_TRUE(adopt(pem));
  EXPECT_EQ(present(), pem);
  EXPECT_EQ(mode_of(identity.files().key), 0600U);
  EXPECT_EQ(text_of(identity.files().ca), authority.ca_pem());
  const auto key = pki::Key::from_pem(text_of(identity.files().key)).value();
  EXPECT_EQ(key.digest(), pki::Certificate::from_pem(pem)->key_digest());
  const auto [code, said] =
      verify(identity.files().ca, identity.files().certificate, noon, "-purpose sslclient");
  EXPECT_EQ(code, 0) << said;
}

TEST_F(AnIdentity, RefusesWhatIsNotForItAndStaysWhatItWas) {
  ASSERT_TRUE(adopt(certificate()));
  const std::string before = present();
  const auto refused = [&](const std::string& pem, const char* why, WallTime now = noon) {
    const auto done = adopt(pem, now);
    EXPECT_FALSE(done) << why;
    if (!done) {
      EXPECT_NE(done.error().message.find(why), std::string::npos) << done.error().message;
    }
    EXPECT_EQ(present(), before);
  };
  refused(certificate(minutes{10}, noon, id_1, "compute2"), "does not name compute1");
  refused(certificate(minutes{10}, noon, id_2), "is not for host id");
  refused(certificate(), "compare the clocks", noon + minutes{10});
  refused(authority.sign(a_request(), id_1, "compute1", hours{1}, noon)->pem, "another key");
  refused("rubbish", "certificate in PEM");
  const auto other = ca::Authority::open(folder / "other", "south", noon).value();
  refused(other.sign(identity.request("compute1").value(), id_1, "compute1", hours{1}, noon)->pem,
          "none of the zone's CAs");
  EXPECT_FALSE(identity.adopt(certificate(), "rubbish", "compute1", id_1, noon));
  EXPECT_EQ(present(), before);
}

TEST_F(AnIdentity, IsWholeAfterAStopInTheMiddleOfAReplacement) {
  ASSERT_TRUE(adopt(certificate()));
  const std::string fresh = certificate(minutes{10}, noon + minutes{7});
  tests::write(folder / "pki/host.crt.next", fresh);
  const Identity after = Identity::open(folder / "pki").value();
  EXPECT_EQ(present(), fresh);
  const auto key = pki::Key::from_pem(text_of(after.files().key)).value();
  EXPECT_EQ(key.digest(), pki::Certificate::from_pem(fresh)->key_digest());
}

TEST_F(AnIdentity, HasToRenewAtTwoThirds) {
  const std::string pem = certificate();
  ASSERT_TRUE(adopt(pem));
  const WallTime due = pki::renewal_time(pki::Certificate::from_pem(pem).value());
  EXPECT_FALSE(identity.renewal_due(due - Millis{1}));
  EXPECT_TRUE(identity.renewal_due(due));
  EXPECT_FALSE(identity.renewal_due(noon - hours{100})) << "a clock that is behind is no reason";
}

}  // namespace
}  // namespace nova::federation
