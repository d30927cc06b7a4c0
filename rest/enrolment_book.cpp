// SPDX-License-Identifier: Apache-2.0
#include "rest/enrolment_book.hpp"

namespace nova::zone {

Result<void> EnrolmentBook::add_token(const ca::JoinToken& token) {
  return store_.add_join_token(token);
}

Result<std::optional<ca::JoinToken>> EnrolmentBook::find_token(const std::string& hash) {
  return store_.find_join_token(hash);
}

Result<std::optional<ca::Enrolment>> EnrolmentBook::find_enrolment(const std::string& name) {
  return store_.find_enrolment(name);
}

Result<std::optional<ca::Enrolment>> EnrolmentBook::find_enrolment(const Uuid& host) {
  return store_.find_enrolment(host);
}

Result<void> EnrolmentBook::enrol(const std::string& token_hash, const std::string& key,
                                  const ca::Enrolment& enrolment, const ca::HostCertificate& certificate,
                                  bool supersede) {
  return store_.enrol(token_hash, key, enrolment, certificate, supersede);
}

Result<void> EnrolmentBook::renew(const ca::HostCertificate& certificate, const std::string& former) {
  return store_.add_certificate(certificate, former);
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
