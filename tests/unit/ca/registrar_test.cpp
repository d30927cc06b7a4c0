// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/registrar.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "rest/protocol/enrolment.hpp"
#include "tests/unit/ca/a_zone.hpp"

namespace nova::ca {
namespace {

using namespace tests;

class ARegistrar : public ::testing::Test {
 protected:
  Folder folder;
  WallTime now = noon;
  CurrentAuthority authority{Authority::open(folder / "ca", "north", noon).value()};
  FakeBook book;
  Registrar registrar{authority, book, minutes{10}, [this] { return now; }};

  std::string token_for(const std::string& name = "compute1") {
    return registrar.create_token(name, "root").value();
  }
  static protocol::EnrolRequest request(const std::string& token, const std::string& csr = a_request(),
                                        const Uuid& id = id_1) {
    return {.token = token, .name = "compute1", .host = id, .csr = csr};
  }
  Result<protocol::CertificateAnswer> enrol(const protocol::EnrolRequest& asked) {
    const auto answer = registrar.enrol(encode(asked));
    if (!answer) return std::unexpected(answer.error());
    return protocol::decode_certificate_answer(*answer);
  }
  Result<protocol::CertificateAnswer> renew(const HostIdentity& host) {
    const auto answer = registrar.renew(host, encode(protocol::RenewRequest{a_request()}));
    if (!answer) return std::unexpected(answer.error());
    return protocol::decode_certificate_answer(*answer);
  }
  Error refusal(const protocol::EnrolRequest& asked) {
    const auto answer = enrol(asked);
    EXPECT_FALSE(answer) << "it was enrolled";
    return answer ? Error{} : answer.error();
  }
  bool untouched() const { return book.enrolments.empty() && book.certificates.empty(); }
};

TEST_F(ARegistrar, TradesATokenForACertificate) {
  const auto answer = enrol(request(token_for()));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->host, id_1);
  const auto identity = identity_of(answer->certificate).value();
  EXPECT_EQ(identity.name, "compute1");
  EXPECT_EQ(identity.id, id_1);
  EXPECT_TRUE(registrar.admit(identity));
  EXPECT_TRUE(book.certificates.contains(identity.serial)) << "a certificate that nobody could revoke";
  tests::write(folder / "ca.pem", answer->ca);
  tests::write(folder / "leaf.pem", answer->certificate);
  const auto [code, said] = verify(folder / "ca.pem", folder / "leaf.pem", noon, "-purpose sslclient");
  EXPECT_EQ(code, 0) << said;
}

TEST_F(ARegistrar, KeepsNoTokenInClear) {
  const std::string token = token_for();
  for (const auto& [hash, kept] : book.tokens) {
    EXPECT_EQ(hash, pki::sha256(token));
    EXPECT_EQ(kept.host.find(token), std::string::npos);
  }
  EXPECT_EQ(book.tokens.begin()->second.expires, noon + hours{1});
}

TEST_F(ARegistrar, EachBadTokenHasItsOwnAnswerAndChangesNothing) {
  const std::string good = token_for();
  EXPECT_EQ(refusal(request("rubbish")).code, Errc::unauthenticated);
  auto other_name = request(good);
  other_name.name = "compute2";
  EXPECT_NE(refusal(other_name).message.find("is for compute1"), std::string::npos);
  now = noon + hours{1};
  EXPECT_NE(refusal(request(good)).message.find("ran out"), std::string::npos);
  EXPECT_TRUE(untouched());
  now = noon;
  ASSERT_TRUE(enrol(request(good)));
  EXPECT_NE(refusal(request(good)).message.find("was used"), std::string::npos);
  EXPECT_EQ(book.certificates.size(), 1U);
}

TEST_F(ARegistrar, AnswersAgainWhereTheAnswerWasLost) {
  const auto asked = request(token_for());
  const auto lost = enrol(asked);
  now += minutes{2};
  const auto again = enrol(asked);
  ASSERT_TRUE(lost && again) << again.error().message;
  EXPECT_EQ(again->host, lost->host);
  EXPECT_FALSE(registrar.admit(identity_of(lost->certificate).value()))
      << "the one that got lost is good no more";
  EXPECT_TRUE(registrar.admit(identity_of(again->certificate).value()));
}

TEST_F(ARegistrar, ReinstallationBringsTheHostIdBack) {
  const auto first = enrol(request(token_for()));
  now += hours{100};
  const auto second = enrol(request(token_for(), a_request(), id_2));
  ASSERT_TRUE(first && second) << second.error().message;
  EXPECT_EQ(second->host, id_1);
  EXPECT_EQ(identity_of(second->certificate)->id, id_1);
  const auto refused = registrar.admit(identity_of(first->certificate).value());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::access_denied);
}

TEST_F(ARegistrar, BadRequestsChangeNothingAndKeepTheToken) {
  const std::string token = token_for();
  EXPECT_EQ(refusal(request(token, "rubbish")).field, "csr");
  EXPECT_EQ(refusal(request(token, std::string(40 * 1024, 'A'))).field, "csr");
  const std::string weak = pki::make_request(pki::Key(EVP_EC_gen("P-192")), "x").value();
  EXPECT_EQ(refusal(request(token, weak)).field, "csr");
  auto nobody = request(token);
  nobody.host = Uuid{};
  EXPECT_EQ(refusal(nobody).field, "host");
  auto nameless = request(token);
  nameless.name = "a,DNS:controller";
  EXPECT_EQ(refusal(nameless).field, "name");
  for (const char* body : {"", "{", "[]", "null", "{}", R"({"token":1})", R"({"token":"\u0000"})"})
    EXPECT_FALSE(registrar.enrol(body)) << body;
  EXPECT_FALSE(registrar.enrol(std::string(100 * 1024, ' ')));
  EXPECT_TRUE(untouched());
  EXPECT_TRUE(enrol(request(token))) << "the token is still good";
}

TEST_F(ARegistrar, NothingIsAcknowledgedThatIsNotKept) {
  const auto asked = request(token_for());
  book.full = true;
  EXPECT_EQ(refusal(asked).code, Errc::storage_failed);
  book.full = false;
  EXPECT_TRUE(enrol(asked));
}

TEST_F(ARegistrar, RenewsOnAndOnAndTheFormerCertificateStaysGood) {
  auto present = enrol(request(token_for())).value();
  for (int turn = 0; turn < 5; ++turn) {
    const auto certificate = pki::Certificate::from_pem(present.certificate).value();
    now = pki::renewal_time(certificate);
    const auto former = identity_of(present.certificate).value();
    const auto fresh = renew(former);
    ASSERT_TRUE(fresh) << fresh.error().message;
    const auto identity = identity_of(fresh->certificate).value();
    EXPECT_EQ(identity.id, id_1);
    EXPECT_EQ(identity.not_after, now + minutes{10});
    EXPECT_TRUE(registrar.admit(former)) << "the answer may be lost";
    present = *fresh;
  }
}

TEST_F(ARegistrar, RenewsNobodyWhomItDoesNotKnow) {
  const auto identity = identity_of(enrol(request(token_for()))->certificate).value();
  HostIdentity other = identity;
  other.id = id_2;
  EXPECT_EQ(renew(other).error().code, Errc::access_denied);
  other = identity;
  other.name = "compute2";
  EXPECT_EQ(renew(other).error().code, Errc::access_denied);
  other = identity;
  other.id = Uuid{};
  EXPECT_EQ(renew(other).error().code, Errc::not_supported);
  EXPECT_EQ(registrar.renew(identity, R"({"csr":"rubbish"})").error().field, "csr");
}

TEST_F(ARegistrar, ARenewalThatMeetsItsRevocationGetsNothing) {
  const auto identity = identity_of(enrol(request(token_for()))->certificate).value();
  book.meanwhile = [&] { ASSERT_TRUE(enrol(request(token_for(), a_request(), id_2))); };
  const auto answer = renew(identity);
  ASSERT_FALSE(answer) << "whoever has the old key has a valid certificate again";
  EXPECT_EQ(answer.error().code, Errc::access_denied);
}

TEST_F(ARegistrar, ARestlessHostHasToWait) {
  const auto identity = identity_of(enrol(request(token_for()))->certificate).value();
  for (int turn = 0; turn < 9; ++turn) ASSERT_TRUE(renew(identity)) << turn;
  const auto answer = renew(identity);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(book.certificates.size(), 10U);
  now += minutes{4};
  EXPECT_TRUE(renew(identity));
}

TEST_F(ARegistrar, ARemovedHostIsNobodyAndItsTokenIsWorthNothing) {
  const auto asked = request(token_for());
  const auto identity = identity_of(enrol(asked)->certificate).value();
  EXPECT_EQ(registrar.remove("compute2").error().code, Errc::no_such_host);
  EXPECT_EQ(registrar.remove(to_string(id_2)).error().code, Errc::no_such_host);
  const auto removed = registrar.remove(to_string(id_1));
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->name, "compute1");
  EXPECT_FALSE(registrar.admit(identity));
  EXPECT_EQ(refusal(asked).code, Errc::unauthenticated) << "the same token with the same key";
  ASSERT_TRUE(enrol(request(token_for())));
  EXPECT_TRUE(registrar.remove("compute1"));
}

TEST_F(ARegistrar, HostsLearnANewCaWhenTheyRenew) {
  const auto before = enrol(request(token_for())).value();
  const std::string former = authority.get()->ca_pem();
  authority.set(Authority::replace(folder / "ca", "north", now + minutes{5}).value());
  now += minutes{7};
  const auto after = renew(identity_of(before.certificate).value()).value();
  const auto bundle = pki::read_bundle(after.ca).value();
  ASSERT_EQ(bundle.size(), 2U);
  const auto certificate = pki::Certificate::from_pem(after.certificate).value();
  EXPECT_TRUE(certificate.signed_by(bundle[0]));
  EXPECT_FALSE(certificate.signed_by(bundle[1]));
  EXPECT_EQ(bundle[1].to_pem(), former);
}

TEST_F(ARegistrar, MakesNoTokenForANameThatNoCertificateCanCarry) {
  const auto refused = registrar.create_token("two words", "root");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "name");
  EXPECT_TRUE(book.tokens.empty());
}

}  // namespace
}  // namespace nova::ca
