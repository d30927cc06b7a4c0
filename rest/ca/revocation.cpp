// SPDX-License-Identifier: Apache-2.0
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki/openssl.hpp"
#include "rest/ca/authority.hpp"
#include "rest/ca/issue.hpp"

namespace nova::ca {
namespace {

bool add(X509_CRL* list, const Revocation& revocation) {
  BIGNUM* number = nullptr;
  const auto digits = static_cast<int>(revocation.serial.size());
  const int read = BN_hex2bn(&number, revocation.serial.c_str());
  const pki::BignumPtr serial(number);
  if (read != digits || digits == 0) return false;
  const pki::IntegerPtr integer(BN_to_ASN1_INTEGER(serial.get(), nullptr));
  X509_REVOKED* entry = X509_REVOKED_new();
  if (entry == nullptr || X509_REVOKED_set_serialNumber(entry, integer.get()) != 1 ||
      X509_REVOKED_set_revocationDate(entry, pki::asn1_time(revocation.at).get()) != 1 ||
      X509_CRL_add0_revoked(list, entry) != 1) {
    X509_REVOKED_free(entry);
    return false;
  }
  return true;
}

}  // namespace

Result<std::string> Authority::revocation_list(const std::vector<Revocation>& revoked, WallTime now) const {
  const pki::CrlPtr list(X509_CRL_new());
  for (const Revocation& revocation : revoked)
    if (!add(list.get(), revocation))
      return pki::openssl_failure("put serial " + revocation.serial + " into the revocation list");
  const pki::BioPtr bio(BIO_new(BIO_s_mem()));
  if (X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) != 1 ||
      X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get())) != 1 ||
      X509_CRL_set1_lastUpdate(list.get(), pki::asn1_time(now - clock_tolerance).get()) != 1 ||
      X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(certificate_.get())) != 1 ||
      X509_CRL_sort(list.get()) != 1 || X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509_CRL(bio.get(), list.get()) != 1)
    return pki::openssl_failure("write the revocation list");
  return pki::contents(bio.get());
}

}  // namespace nova::ca
