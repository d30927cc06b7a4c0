// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/issue.hpp"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

#include "pki/openssl.hpp"

namespace nova::ca {
namespace {

using pki::openssl_failure;

constexpr std::size_t max_common_name = 64;  // RFC 5280, ub-common-name

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);  // positive, and of one length
  const pki::BignumPtr number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  std::string shown = common_name;
  while (shown.size() > max_common_name) {  // cut between characters, not inside of one
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xc0U) == 0x80U) shown.pop_back();
    if (!shown.empty()) shown.pop_back();
  }
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(shown.data()),
                                    static_cast<int>(shown.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const pki::ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Result<pki::CertificatePtr> begin(const pki::Key& key, const Contents& contents) {
  pki::CertificatePtr certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !set_serial(certificate.get()) || !set_subject(certificate.get(), contents.common_name) ||
      X509_set1_notBefore(certificate.get(), pki::asn1_time(contents.not_before).get()) != 1 ||
      X509_set1_notAfter(certificate.get(), pki::asn1_time(contents.not_after).get()) != 1 ||
      X509_set_pubkey(certificate.get(), key.get()) != 1)
    return openssl_failure("make a certificate");
  return certificate;
}

}  // namespace

Result<pki::Certificate> issue_ca(const pki::Key& key, const Contents& contents) {
  auto begun = begin(key, contents);
  if (!begun) return std::unexpected(begun.error());
  X509* certificate = begun->get();
  if (X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(certificate, certificate, NID_subject_key_identifier, "hash") ||
      X509_sign(certificate, key.get(), EVP_sha256()) == 0)
    return openssl_failure("make the CA's certificate");
  return pki::Certificate(begun->release());
}

Result<pki::Certificate> issue_leaf(const pki::Key& key, const Contents& contents, const pki::Certificate& ca,
                                    const pki::Key& ca_key) {
  auto begun = begin(key, contents);
  if (!begun) return std::unexpected(begun.error());
  X509* certificate = begun->get();
  if (X509_set_issuer_name(certificate, X509_get_subject_name(ca.get())) != 1 ||
      !add_extension(certificate, ca.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, ca.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, ca.get(), NID_ext_key_usage, contents.usage) ||
      !add_extension(certificate, ca.get(), NID_subject_alt_name, contents.alternative_names) ||
      !add_extension(certificate, ca.get(), NID_subject_key_identifier, "hash") ||
      !add_extension(certificate, ca.get(), NID_authority_key_identifier, "keyid") ||
      X509_sign(certificate, ca_key.get(), EVP_sha256()) == 0)
    return openssl_failure("sign a certificate");
  return pki::Certificate(begun->release());
}

}  // namespace nova::ca
