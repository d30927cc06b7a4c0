// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "model/error.hpp"
#include "model/time.hpp"

/// OpenSSL's C objects as values with an owner. Only for the sources of pki/ and rest/ca.
namespace nova::pki {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using BioPtr = Owned<BIO, BIO_free>;
using RequestPtr = Owned<X509_REQ, X509_REQ_free>;
using CertificatePtr = Owned<X509, X509_free>;
using TimePtr = Owned<ASN1_TIME, ASN1_STRING_free>;
using IntegerPtr = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using BignumPtr = Owned<BIGNUM, BN_free>;
using ExtensionPtr = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using NamesPtr = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

/// "cannot <what>: <OpenSSL's own words>"; empties OpenSSL's queue of errors.
std::unexpected<Error> openssl_failure(std::string_view what, Errc code = Errc::internal);

/// A reader over text that must outlive it.
BioPtr reader(std::string_view text);
/// What a memory BIO has collected.
std::string contents(BIO* bio);

TimePtr asn1_time(WallTime time);
WallTime wall_time(const ASN1_TIME* time);

}  // namespace nova::pki
