// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/ca/a_zone.hpp"

namespace nova::ca {
namespace {

using namespace tests;

class AnIdentity : public ::testing::Test {
 protected:
  Folder folder;
  Authority authority = Authority::open(folder / "ca", "north", noon).value();

  std::string issued(const std::string& name = "compute1") const {
    return authority.sign(a_request(), id_1, name, hours{1}, noon)->pem;
  }
  /// A certificate of an operator's own CA, with these alternative names.
  std::string of_an_operator(const std::string& names) const {
    const auto made =
        run("cd " + folder.path().string() +
            " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k "
            "-out own.pem -days 1 -subj /CN=x " +
            (names.empty() ? "" : "-addext subjectAltName=" + names));
    EXPECT_EQ(made.first, 0) << made.second;
    return text_of(folder / "own.pem");
  }
};

std::string escaped(const std::string& pem) {
  std::string text;
  for (const char c : pem) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      text += c;
      continue;
    }
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned char>(c));
    text += hex.data();
  }
  return text;
}

TEST_F(AnIdentity, IsTheNameAndTheIdThatWereSigned) {
  const std::string pem = issued();
  const auto identity = identity_of(pem);
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->name, "compute1");
  EXPECT_EQ(identity->id, id_1);
  EXPECT_EQ(identity->serial, pki::Certificate::from_pem(pem)->serial());
  EXPECT_EQ(identity->not_after, noon + hours{1});
  const auto through_nginx = identity_of_escaped(escaped(pem));
  ASSERT_TRUE(through_nginx) << through_nginx.error().message;
  EXPECT_EQ(through_nginx->serial, identity->serial);
}

TEST_F(AnIdentity, OfAnOperatorsCaMayHaveANameAlone) {
  const auto identity = identity_of(of_an_operator("DNS:compute1"));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_TRUE(identity->id.is_nil());
  EXPECT_EQ(identity->name, "compute1");
}

TEST_F(AnIdentity, IsUnambiguousOrNone) {
  const std::string id = to_string(id_1);
  for (const std::string& names :
       {std::string(""), std::string("IP:10.0.0.1"), std::string("DNS:compute1,DNS:compute2"),
        "DNS:compute1,URI:urn:uuid:" + id + ",URI:urn:uuid:" + to_string(id_2),
        std::string("DNS:compute1,URI:urn:uuid:rubbish"), std::string("DNS:*.example.org")}) {
    const auto identity = identity_of(of_an_operator(names));
    ASSERT_FALSE(identity) << names;
    EXPECT_EQ(identity.error().code, Errc::unauthenticated);
  }
}

TEST_F(AnIdentity, IsNotReadOutOfRubbish) {
  EXPECT_FALSE(identity_of(""));
  EXPECT_FALSE(identity_of("rubbish"));
  EXPECT_FALSE(identity_of_escaped("%"));
  EXPECT_FALSE(identity_of_escaped("%4"));
  EXPECT_FALSE(identity_of_escaped("%ZZ"));
  EXPECT_FALSE(identity_of_escaped(std::string(300 * 1024, 'A')));
}

}  // namespace
}  // namespace nova::ca
