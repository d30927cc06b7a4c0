// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pki/key.hpp"
#include "pki/openssl.hpp"

namespace nova::pki {
namespace {

std::string request_of(const Key& key) {
  return make_request(key, "compute1").value();
}

/// A request that says it has the key of `claimed`, signed by `signer`.
std::string forged(const Key& claimed, const Key& signer) {
  const RequestPtr request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), claimed.get());
  X509_REQ_sign(request.get(), signer.get(), EVP_sha256());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(bio.get(), request.get());
  return contents(bio.get());
}

std::string refusal(const std::string& csr) {
  const auto key = key_of_request(csr);
  if (key) return "taken";
  EXPECT_EQ(key.error().field, "csr");
  return key.error().message;
}

TEST(Request, ProvesItsKey) {
  const auto key = Key::generate().value();
  const auto read = key_of_request(request_of(key));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->digest(), key.digest());
}

TEST(Request, SignedByAnotherKeyIsRefused) {
  const auto mine = Key::generate().value();
  const auto theirs = Key::generate().value();
  EXPECT_NE(refusal(forged(theirs, mine)).find("signature"), std::string::npos);
  EXPECT_EQ(refusal(forged(mine, mine)), "taken");
}

TEST(Request, OfAWeakKeyIsRefusedAndTheErrorSaysWhatToUse) {
  const Key rsa1024(EVP_RSA_gen(1024));
  EXPECT_NE(refusal(request_of(rsa1024)).find("1024 bits: use EC"), std::string::npos);
  const Key small_curve(EVP_EC_gen("P-224"));
  EXPECT_NE(refusal(request_of(small_curve)).find("secp224r1: use EC"), std::string::npos);
}

TEST(Request, OfTheOtherStrongKindsIsTaken) {
  EXPECT_EQ(refusal(request_of(Key(EVP_RSA_gen(2048)))), "taken");
  EXPECT_EQ(refusal(request_of(Key(EVP_EC_gen("P-384")))), "taken");
}

/// A public RSA key with a modulus of so many bits: odd, and otherwise no product of anything.
Key rsa_of(int bits) {
  const BignumPtr modulus(BN_new());
  const BignumPtr exponent(BN_new());
  BN_set_bit(modulus.get(), bits - 1);
  BN_set_bit(modulus.get(), 0);
  BN_set_word(exponent.get(), RSA_F4);
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return Key(key);
}

TEST(Request, OfAHugeKeyIsRefusedBeforeItsSignatureIsLookedAt) {
  // Verifying with 16384 bits would keep a thread busy. The signature is rubbish here, so that only an answer
  // about the size shows that nobody tried.
  const std::string said = refusal(forged(rsa_of(16384), Key::generate().value()));
  EXPECT_NE(said.find("16384 bits"), std::string::npos) << said;
}

TEST(Request, RubbishIsRefused) {
  const std::string good = request_of(Key::generate().value());
  EXPECT_NE(refusal("").find("not PEM"), std::string::npos);
  EXPECT_NE(refusal("rubbish").find("not PEM"), std::string::npos);
  EXPECT_NE(refusal(std::string(16 * 1024 + 1, 'A')).find("larger than 16 KiB"), std::string::npos);
  EXPECT_NE(refusal(good + good).find("more than one part"), std::string::npos);
  EXPECT_NE(refusal(Key::generate().value().to_pem()).find("cannot be parsed"), std::string::npos);
  std::string broken = good;
  broken.replace(60, 20, "AAAAAAAAAAAAAAAAAAAA");
  EXPECT_NE(refusal(broken), "taken");
}

/// Every single byte of a request, changed. The last four characters may carry bits that mean nothing.
TEST(Request, NoChangedByteIsTaken) {
  const std::string good = request_of(Key::generate().value());
  const std::size_t end = good.rfind("\n-----END") - 4;
  for (std::size_t i = good.find('\n') + 1; i < end; ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(key_of_request(changed)) << "byte " << i << " was changed and nobody noticed";
  }
}

TEST(Secret, IsNeverTheSameTwiceAndStoredAsItsDigest) {
  EXPECT_NE(random_secret(), random_secret());
  EXPECT_EQ(random_secret().size(), 64U);
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace nova::pki
