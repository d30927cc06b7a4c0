// SPDX-License-Identifier: Apache-2.0
#include "pki/key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "pki/openssl.hpp"

namespace nova::pki {
namespace {

std::string hex(const unsigned char* data, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[data[i] >> 4U];
    text += digits[data[i] & 0xfU];
  }
  return text;
}

int refuse_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

Key::Key(EVP_PKEY* owned) : key_(owned, EVP_PKEY_free) {}

Result<Key> Key::generate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  if (key == nullptr) return openssl_failure("make a key");
  return Key(key);
}

Result<Key> Key::from_pem(std::string_view pem, std::string_view what) {
  const BioPtr bio = reader(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_pass_phrase, nullptr);
  if (key == nullptr)
    return openssl_failure("read " + std::string(what) + " (a private key in PEM, without a pass phrase)",
                           Errc::invalid_argument);
  return Key(key);
}

std::string Key::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
  return contents(bio.get());
}

std::string Key::digest() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size <= 0) return {};
  const std::string text =
      sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return text;
}

Result<void> check_strength(const Key& key) {
  constexpr std::string_view fix = ": use EC on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits";
  const int bits = EVP_PKEY_get_bits(key.get());
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) return {};
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    if (bits >= 2048 && bits <= 8192) return {};
    return fail(Errc::invalid_argument,
                "cannot certify an RSA key of " + std::to_string(bits) + " bits" + std::string(fix), "csr");
  }
  std::array<char, 80> group{};
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 &&
      EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                     nullptr) == 1) {
    const std::string_view name = group.data();
    if (name == "prime256v1" || name == "secp384r1" || name == "secp521r1") return {};
    return fail(Errc::invalid_argument,
                "cannot certify a key on the curve " + std::string(name) + std::string(fix), "csr");
  }
  ERR_clear_error();
  return fail(Errc::invalid_argument, "cannot certify a key of this kind" + std::string(fix), "csr");
}

std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  // Without randomness nothing here is worth anything: there is no way to go on.
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("cannot get random bytes");
  return hex(bytes.data(), bytes.size());
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("cannot compute SHA-256");
  return hex(digest.data(), size);
}

}  // namespace nova::pki
