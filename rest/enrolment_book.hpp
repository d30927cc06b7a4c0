// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "rest/ca/registrar.hpp"
#include "rest/store/store.hpp"

namespace nova::zone {

/// The registrar's memory, in the zone's store.
class EnrolmentBook final : public ca::Book {
 public:
  EnrolmentBook(store::Store& store, std::function<WallTime()> clock)
      : store_(store), clock_(std::move(clock)) {}

  Result<void> add_token(const ca::JoinToken& token) override;
  Result<std::optional<ca::JoinToken>> find_token(const std::string& hash) override;
  Result<std::optional<ca::Enrolment>> find_enrolment(const std::string& name) override;
  Result<std::optional<ca::Enrolment>> find_enrolment(const Uuid& host) override;
  Result<void> enrol(const std::string& token_hash, const std::string& key, const ca::Enrolment& enrolment,
                     const ca::HostCertificate& certificate, bool supersede) override;
  Result<void> renew(const ca::HostCertificate& certificate, const std::string& former) override;
  Result<std::size_t> count_certificates(const Uuid& host, WallTime since) override;
  Result<bool> is_revoked(const std::string& serial) override;
  Result<void> remove(const Uuid& host) override;

 private:
  store::Store& store_;
  std::function<WallTime()> clock_;
};

}  // namespace nova::zone
