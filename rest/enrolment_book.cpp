// SPDX-License-Identifier: Apache-2.0
#include "rest/enrolment_book.hpp"

namespace nova::zone {
namespace {

store::JoinToken stored(const ca::JoinToken& token) {
  return {token.hash, token.host, token.created_by, token.expires, token.used, token.used_by_key};
}

store::HostCertificate stored(const ca::HostCertificate& certificate) {
  return {.serial = certificate.serial,
          .host = certificate.host,
          .issued = certificate.issued,
          .not_after = certificate.not_after};
}

/// An enrolment that may be missing, in the registrar's words.
Result<std::optional<ca::Enrolment>> read(const Result<std::optional<store::Enrolment>>& found) {
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  return ca::Enrolment{(*found)->host, (*found)->name, (*found)->since};
}

}  // namespace

Result<void> EnrolmentBook::add_token(const ca::JoinToken& token) {
  return store_.add_join_token(stored(token));
}

Result<std::optional<ca::JoinToken>> EnrolmentBook::find_token(const std::string& hash) {
  const auto found = store_.find_join_token(hash);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  const auto& token = **found;
  return ca::JoinToken{token.hash,    token.host, token.created_by,
                       token.expires, token.used, token.used_by_key};
}

Result<std::optional<ca::Enrolment>> EnrolmentBook::find_enrolment(const std::string& name) {
  return read(store_.find_enrolment(name));
}

Result<std::optional<ca::Enrolment>> EnrolmentBook::find_enrolment(const Uuid& host) {
  return read(store_.find_enrolment(host));
}

Result<void> EnrolmentBook::enrol(const std::string& token_hash, const std::string& key,
                                  const ca::Enrolment& enrolment, const ca::HostCertificate& certificate,
                                  bool supersede) {
  return store_.enrol(token_hash, key, {enrolment.host, enrolment.name, enrolment.since}, stored(certificate),
                      supersede);
}

Result<void> EnrolmentBook::renew(const ca::HostCertificate& certificate, const std::string& former) {
  return store_.add_certificate(stored(certificate), former);
}

Result<std::size_t> EnrolmentBook::count_certificates(const Uuid& host, WallTime since) {
  return store_.count_certificates(host, since);
}

Result<bool> EnrolmentBook::is_revoked(const std::string& serial) {
  const auto found = store_.find_certificate(serial);
  if (!found) return std::unexpected(found.error());
  return *found && (*found)->revoked.has_value();
}

Result<void> EnrolmentBook::remove(const Uuid& host) {
  return store_.remove_enrolment(host, clock_());
}

}  // namespace nova::zone
