// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/authority.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/ca/a_zone.hpp"

namespace nova::ca {
namespace {

using namespace tests;

class AnAuthority : public ::testing::Test {
 protected:
  Folder folder;
  std::filesystem::path directory = folder / "ca";

  Authority open(WallTime now = noon) {
    auto opened = Authority::open(directory, "north", now);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return *std::move(opened);
  }
  pki::Certificate certificate_for(const Authority& authority, const std::string& csr, Millis life = hours{1},
                                   WallTime now = noon) {
    const auto issued = authority.sign(csr, id_1, "compute1", life, now);
    EXPECT_TRUE(issued) << (issued ? "" : issued.error().message);
    return pki::Certificate::from_pem(issued->pem).value();
  }
  std::filesystem::path file(const std::string& name, const std::string& text) {
    tests::write(folder / name, text);
    return folder / name;
  }
};

TEST_F(AnAuthority, IsMadeOnceAndIsTheSameAfterwards) {
  const std::string made = open().ca_pem();
  EXPECT_EQ(open(noon + hours{1}).ca_pem(), made);
  EXPECT_EQ(mode_of(directory), 0700U);
  EXPECT_EQ(mode_of(directory / "ca.key"), 0600U);
  const auto [code, said] = run("openssl pkey -in " + (directory / "ca.key").string() + " -noout -text");
  EXPECT_NE(said.find("prime256v1"), std::string::npos) << said;
}

TEST_F(AnAuthority, IsNeverMadeAnewBesideAnOldHalf) {
  open();
  for (const char* half : {"ca.key", "ca.crt"}) {
    const std::string text = text_of(directory / half);
    std::filesystem::remove(directory / half);
    const auto refused = Authority::open(directory, "north", noon);
    ASSERT_FALSE(refused) << half;
    EXPECT_NE(refused.error().message.find("restore it from a backup"), std::string::npos);
    tests::write(directory / half, text);
  }
  tests::write(directory / "ca.key", pki::Key::generate()->to_pem());
  const auto refused = Authority::open(directory, "north", noon);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("ca.key is not the key of ca.crt"), std::string::npos);
}

TEST_F(AnAuthority, SignsWhatOpensslVerifies) {
  const Authority authority = open();
  const auto certificate = certificate_for(authority, a_request(), minutes{10});
  const auto ca = file("ca.pem", authority.ca_pem());
  const auto leaf = file("leaf.pem", certificate.to_pem());
  const auto [code, said] = verify(ca, leaf, noon, "-purpose sslclient");
  EXPECT_EQ(code, 0) << said;
  EXPECT_EQ(verify(ca, leaf, noon + minutes{9}).first, 0);
  EXPECT_NE(verify(ca, leaf, noon + minutes{11}).first, 0) << "its life is over";
  EXPECT_NE(verify(ca, leaf, noon, "-purpose sslserver").first, 0) << "a host is no server";
  const Folder elsewhere;
  const auto other = Authority::open(elsewhere / "ca", "north", noon);
  EXPECT_NE(verify(file("other.pem", other->ca_pem()), leaf, noon).first, 0);
}

TEST_F(AnAuthority, NamesTheHostAndNothingThatTheRequestClaims) {
  // A request that claims another name, to be a CA, and names of its own.
  const auto [code, said] =
      run("cd " + folder.path().string() +
          " && openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -out claims.csr "
          "-subj '/O=Admins/CN=controller' -addext subjectAltName=DNS:controller,DNS:*.example.org "
          "-addext basicConstraints=critical,CA:TRUE -addext extendedKeyUsage=serverAuth");
  ASSERT_EQ(code, 0) << said;
  const auto certificate = certificate_for(open(), text_of(folder / "claims.csr"));
  EXPECT_EQ(certificate.dns_names(), std::vector<std::string>{"compute1"});
  EXPECT_EQ(certificate.uris(), std::vector<std::string>{"urn:uuid:" + to_string(id_1)});
  EXPECT_EQ(certificate.common_name(), "compute1");
  const auto leaf = file("leaf.pem", certificate.to_pem());
  const std::string text = run("openssl x509 -noout -text -in " + leaf.string()).second;
  EXPECT_NE(text.find("CA:FALSE"), std::string::npos);
  EXPECT_EQ(text.find("Admins"), std::string::npos);
  EXPECT_EQ(text.find("Server Authentication"), std::string::npos);
}

TEST_F(AnAuthority, GivesEveryCertificateASerialOfItsOwn) {
  const Authority authority = open();
  const std::string csr = a_request();
  EXPECT_NE(certificate_for(authority, csr).serial(), certificate_for(authority, csr).serial());
}

TEST_F(AnAuthority, NoCertificateOutlivesIt) {
  const Authority authority = open();
  const auto late = noon + ca_life - hours{1};
  EXPECT_EQ(certificate_for(authority, a_request(), hours{24}, late).not_after(), noon + ca_life);
  const auto refused = authority.sign(a_request(), id_1, "compute1", hours{24}, noon + ca_life);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
}

TEST_F(AnAuthority, RefusesNamesThatWouldChangeTheCertificate) {
  const Authority authority = open();
  for (const char* name : {"a,DNS:controller", "a\nb", "", "*"})
    EXPECT_FALSE(authority.sign(a_request(), id_1, name, hours{1}, noon)) << name;
}

TEST_F(AnAuthority, ACertificateIsDueAtTwoThirdsOfItsLife) {
  // It is dated back by a tenth: eleven minutes in all for one of ten.
  const auto certificate = certificate_for(open(), a_request(), minutes{10});
  EXPECT_EQ(certificate.not_before(), noon - minutes{1});
  EXPECT_FALSE(pki::renewal_due(certificate, noon));
  EXPECT_FALSE(pki::renewal_due(certificate, noon + minutes{6}));
  EXPECT_EQ(pki::renewal_time(certificate), noon + minutes{6} + seconds{20});
  EXPECT_TRUE(pki::renewal_due(certificate, noon + minutes{6} + seconds{20}));
}

TEST_F(AnAuthority, TheFrontHasACertificateForItsNamesUntilItIsDue) {
  const Authority authority = open();
  const std::vector<std::string> names{"controller", "10.0.0.1", "fd00:0:0::1"};
  const auto ensure = [&](const std::vector<std::string>& wanted, WallTime now) {
    const auto made = authority.ensure_server_certificate(wanted, hours{24}, now);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return *made;
  };
  EXPECT_TRUE(ensure(names, noon));
  EXPECT_FALSE(ensure(names, noon + hours{1})) << "it was made again without need";
  const auto ca = file("ca.pem", authority.ca_pem());
  const auto server = directory / "server.crt";
  for (const char* name : {"-verify_hostname controller", "-verify_ip 10.0.0.1", "-verify_ip fd00::1"}) {
    const auto [code, said] = verify(ca, server, noon, std::string("-purpose sslserver ") + name);
    EXPECT_EQ(code, 0) << name << said;
  }
  EXPECT_NE(verify(ca, server, noon, "-verify_hostname elsewhere").first, 0);
  EXPECT_TRUE(ensure({"controller"}, noon + hours{1})) << "the machine's addresses have changed";
  EXPECT_TRUE(ensure({"controller"}, noon + hours{20})) << "two thirds are over";
  EXPECT_EQ(mode_of(directory / "server.key"), 0600U);
  EXPECT_FALSE(authority.ensure_server_certificate({}, hours{24}, noon));
  EXPECT_FALSE(authority.ensure_server_certificate({"a,DNS:b"}, hours{24}, noon));
}

TEST_F(AnAuthority, TwoAreBelievedAtOnceAfterOneWasReplaced) {
  const Authority old = open();
  ASSERT_TRUE(old.ensure_server_certificate({"controller"}, hours{24}, noon));
  const auto before = certificate_for(old, a_request(), hours{24});
  const auto later = noon + hours{2};
  const auto replaced = Authority::replace(directory, "north", later);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_NE(replaced->ca_pem(), old.ca_pem());
  const auto after = certificate_for(*replaced, a_request(), hours{24}, later);

  const auto bundle = file("bundle.pem", replaced->bundle_pem(later));
  EXPECT_EQ(pki::read_bundle(replaced->bundle_pem(later))->size(), 2U);
  EXPECT_EQ(verify(bundle, file("before.pem", before.to_pem()), later).first, 0)
      << "hosts that have not renewed";
  EXPECT_EQ(verify(bundle, file("after.pem", after.to_pem()), later).first, 0) << "hosts that have";
  // Hosts that know the old one only have to find the front in order meanwhile.
  EXPECT_EQ(
      verify(file("old.pem", old.ca_pem()), directory / "server.crt", later, "-purpose sslserver").first, 0);
  EXPECT_FALSE(*replaced->ensure_server_certificate({"controller"}, hours{24}, later));
  EXPECT_FALSE(*replaced->ensure_server_certificate({"renamed"}, hours{24}, later))
      << "for another name, these hosts would be locked out";
  const auto due = later + hours{20};
  EXPECT_TRUE(*replaced->ensure_server_certificate({"renamed"}, hours{24}, due));
  EXPECT_EQ(verify(file("new.pem", replaced->ca_pem()), directory / "server.crt", due).first, 0);
  EXPECT_EQ(open(later).bundle_pem(later), replaced->bundle_pem(later)) << "after a restart as well";
  EXPECT_EQ(pki::read_bundle(open(later).bundle_pem(noon + ca_life + hours{1}))->size(), 1U)
      << "the former one has ended";
}

TEST_F(AnAuthority, AFormerOneIsBelievedAsLongAsACertificateOfItMayBeValid) {
  const Authority first = open();
  ASSERT_TRUE(first.ensure_server_certificate({"controller"}, hours{24}, noon));
  const Authority second = Authority::replace(directory, "north", noon + hours{2}).value();
  const auto believed = [](const Authority& authority) {
    return pki::read_bundle(authority.bundle_pem(noon + hours{2}))->size();
  };
  const auto drop = [&](WallTime now, WallTime last_end = WallTime{}, Millis longest = hours{24}) {
    const auto dropped = second.drop_former(
        longest, [&](WallTime) -> Result<WallTime> { return last_end; }, now);
    EXPECT_TRUE(dropped) << dropped.error().message;
    return *dropped;
  };
  EXPECT_FALSE(drop(noon + hours{100})) << "the front shows a certificate of it";
  ASSERT_TRUE(*second.ensure_server_certificate({"controller"}, hours{24}, noon + hours{20}));
  EXPECT_FALSE(drop(noon + hours{26})) << "a store that was restored may know less";
  EXPECT_FALSE(drop(noon + hours{100}, noon + hours{101})) << "a host has a certificate of it";
  EXPECT_EQ(believed(second.reopen().value()), 2U);
  EXPECT_TRUE(drop(noon + hours{100}, noon + hours{100}));
  EXPECT_EQ(believed(second.reopen().value()), 1U);
  EXPECT_FALSE(drop(noon + hours{100})) << "it is gone already";
}

TEST_F(AnAuthority, IsReadAgainAndNeverMadeOnTheWay) {
  const Authority first = open();
  ASSERT_TRUE(Authority::replace(directory, "north", noon + hours{2}));
  const Authority second = first.reopen().value();
  EXPECT_NE(second.ca_pem(), first.ca_pem());
  EXPECT_EQ(pki::read_bundle(second.bundle_pem(noon))->size(), 2U);
  for (const char* name : {"ca.key", "ca.crt"}) std::filesystem::remove(directory / name);
  EXPECT_FALSE(second.reopen()) << "a CA that was lost must not be replaced while hosts know it";
}

TEST_F(AnAuthority, IsMadeOnceHoweverManyOpenItAtOnce) {
  std::vector<std::string> seen(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& pem : seen) threads.emplace_back([&] { pem = open().ca_pem(); });
  }
  for (const std::string& pem : seen) EXPECT_EQ(pem, seen.front());
}

}  // namespace
}  // namespace nova::ca
