// SPDX-License-Identifier: Apache-2.0
#include "pki/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>

#include "pki/openssl.hpp"

namespace nova::pki {
namespace {

constexpr std::size_t max_certificate = 64 * 1024;
constexpr std::size_t max_bundle = 1024 * 1024;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  if (inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::vector<std::string> alternative_names(X509* certificate, int type) {
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != type) continue;
    if (type == GEN_DNS) found.push_back(text_of(name->d.dNSName));
    if (type == GEN_URI) found.push_back(text_of(name->d.uniformResourceIdentifier));
    if (type == GEN_IPADD) found.push_back(address_of(name->d.iPAddress));
  }
  ERR_clear_error();
  return found;
}

}  // namespace

Certificate::Certificate(X509* owned) : certificate_(owned, X509_free) {}

Result<Certificate> Certificate::from_pem(std::string_view pem, std::string_view what) {
  if (pem.size() > max_certificate)
    return fail(Errc::too_large, "cannot read " + std::string(what) + ": it is larger than 64 KiB");
  const BioPtr bio = reader(pem);
  X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  if (certificate == nullptr)
    return openssl_failure("read " + std::string(what) + " (a certificate in PEM)", Errc::invalid_argument);
  ERR_clear_error();
  return Certificate(certificate);
}

std::string Certificate::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate_.get()) != 1) return {};
  return contents(bio.get());
}

std::string Certificate::serial() const {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate_.get()), nullptr));
  if (!number) return {};
  char* raw = BN_bn2hex(number.get());
  std::string text = raw == nullptr ? "" : raw;
  OPENSSL_free(raw);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'F' ? char(c + 32) : c; });
  const auto digit = text.find_first_not_of('0');
  return digit == std::string::npos ? "0" : text.substr(digit);
}

WallTime Certificate::not_before() const {
  return wall_time(X509_get0_notBefore(certificate_.get()));
}
WallTime Certificate::not_after() const {
  return wall_time(X509_get0_notAfter(certificate_.get()));
}

std::vector<std::string> Certificate::dns_names() const {
  return alternative_names(certificate_.get(), GEN_DNS);
}
std::vector<std::string> Certificate::ip_addresses() const {
  return alternative_names(certificate_.get(), GEN_IPADD);
}
std::vector<std::string> Certificate::uris() const {
  return alternative_names(certificate_.get(), GEN_URI);
}

std::string Certificate::common_name() const {
  const X509_NAME* subject = X509_get_subject_name(certificate_.get());
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
}

std::string Certificate::key_digest() const {
  EVP_PKEY* key = X509_get_pubkey(certificate_.get());
  if (key == nullptr) {
    ERR_clear_error();
    return {};
  }
  return Key(key).digest();
}

bool Certificate::signed_by(const Certificate& issuer) const {
  const bool yes = X509_check_issued(issuer.get(), certificate_.get()) == X509_V_OK &&
                   X509_verify(certificate_.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return yes;
}

Result<std::vector<Certificate>> read_bundle(std::string_view pem, std::string_view what) {
  if (pem.size() > max_bundle)
    return fail(Errc::too_large, "cannot read " + std::string(what) + ": it is larger than 1 MiB");
  std::vector<Certificate> found;
  const BioPtr bio = reader(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    found.emplace_back(certificate);
  // The end of the text shows as "no start line"; anything else is damage that must not pass for the end.
  const unsigned long error = ERR_peek_last_error();
  if (found.empty() || (error != 0 && ERR_GET_REASON(error) != PEM_R_NO_START_LINE))
    return openssl_failure("read " + std::string(what) + " (certificates in PEM)", Errc::invalid_argument);
  ERR_clear_error();
  return found;
}

WallTime renewal_time(const Certificate& certificate) {
  const auto life = certificate.not_after() - certificate.not_before();
  return certificate.not_before() + life * 2 / 3;
}

bool renewal_due(const Certificate& certificate, WallTime now) {
  return now >= renewal_time(certificate) || now < certificate.not_before();
}

}  // namespace nova::pki
