// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/key.hpp"
#include "pki/openssl.hpp"

namespace nova::pki {
namespace {

constexpr std::size_t max_request = 16 * 1024;
constexpr std::string_view begin_line = "-----BEGIN ";

std::unexpected<Error> refuse(std::string_view why) {
  ERR_clear_error();
  return fail(Errc::invalid_argument,
              "cannot use csr: " + std::string(why) + "; send one PKCS#10 request in PEM", "csr");
}

}  // namespace

Result<std::string> make_request(const Key& key, const std::string& common_name) {
  const RequestPtr request(X509_REQ_new());
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  // A common name holds 64 characters; a longer host name is in the zone's own hands anyway.
  const std::string shown = common_name.substr(0, 64);
  const auto* text = reinterpret_cast<const unsigned char*>(shown.data());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, static_cast<int>(shown.size()), -1, 0) !=
          1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1)
    return openssl_failure("make a certificate request");
  return contents(bio.get());
}

Result<Key> key_of_request(std::string_view pem) {
  if (pem.size() > max_request)
    return fail(Errc::too_large, "cannot use csr: it is larger than 16 KiB", "csr");
  const auto first = pem.find(begin_line);
  if (first == std::string_view::npos) return refuse("it is not PEM");
  if (pem.find(begin_line, first + 1) != std::string_view::npos) return refuse("it has more than one part");
  const BioPtr bio = reader(pem);
  const RequestPtr request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (!request) return refuse("it cannot be parsed");
  EVP_PKEY* raw = X509_REQ_get_pubkey(request.get());
  if (raw == nullptr) return refuse("its key cannot be read");
  const Key key(raw);
  // Strength before signature: verifying with a key of absurd size costs seconds.
  if (auto strong = check_strength(key); !strong) return std::unexpected(strong.error());
  if (X509_REQ_verify(request.get(), key.get()) != 1) return refuse("its signature is not that of its key");
  return key;
}

}  // namespace nova::pki
