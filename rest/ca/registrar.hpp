// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rest/ca/authority.hpp"
#include "rest/ca/enrolment.hpp"

namespace nova::ca {

/// The durable memory of enrolments: a port, so that the store need not know the CA. Any thread may call it.
class Book {
 public:
  virtual ~Book() = default;
  virtual Result<void> add_token(const JoinToken& token) = 0;
  virtual Result<std::optional<JoinToken>> find_token(const std::string& hash) = 0;
  virtual Result<std::optional<Enrolment>> find_enrolment(const std::string& name) = 0;
  virtual Result<std::optional<Enrolment>> find_enrolment(const Uuid& host) = 0;
  /// In one durable step: marks the token as used by the key, keeps the enrolment and the certificate, and
  /// with `supersede` revokes the host's other certificates. Errc::conflict where another key used the token
  /// meanwhile.
  virtual Result<void> enrol(const std::string& token_hash, const std::string& key,
                             const Enrolment& enrolment, const HostCertificate& certificate,
                             bool supersede) = 0;
  /// Keeps a renewed certificate; the former one stays valid until it ends (its answer may be lost).
  /// Errc::access_denied where that is revoked by now.
  /// @param former its serial
  virtual Result<void> renew(const HostCertificate& certificate, const std::string& former) = 0;
  /// How many valid certificates a host was given since a moment.
  virtual Result<std::size_t> count_certificates(const Uuid& host, WallTime since) = 0;
  virtual Result<bool> is_revoked(const std::string& serial) = 0;
  /// Revokes a host's certificates and ends the join tokens for its name, in one durable step.
  virtual Result<void> remove(const Uuid& host) = 0;
};

/// Enrols hosts and renews their certificates. Any thread may call it; it blocks for one signature and one
/// fsync.
class Registrar {
 public:
  /// @param clock the wall clock
  /// @param host_life of the certificates given out
  Registrar(const CurrentAuthority& authority, Book& book, Millis host_life, std::function<WallTime()> clock);

  /// Makes a join token for one host name, good for an hour; returned once, kept as a hash only.
  Result<std::string> create_token(const std::string& host_name, const std::string& created_by);
  /// POST /federation/v1/enrol: the JSON body of the request to the JSON body of the answer
  /// (rest/protocol/enrolment.hpp). Needs no client certificate: the token speaks.
  Result<std::string> enrol(const std::string& body);
  /// POST /federation/v1/renew, by the host that the certificate of the connection names. A host that asks
  /// again and again is told to wait (Errc::unavailable).
  Result<std::string> renew(const HostIdentity& host, const std::string& body);
  /// Ends an enrolment, as removing a host does: for one that was never heard.
  /// @param name_or_id of the host @return whose it was; Errc::no_such_host
  Result<Enrolment> remove(const std::string& name_or_id);
  /// Refuses a host whose certificate is revoked, as those of a removed host are. To be asked at every
  /// request of a host: revocation counts at once, without a list that could run out.
  Result<void> admit(const HostIdentity& host);

 private:
  Result<EnrolmentFacts> facts_for(const std::string& token_hash, const std::string& name, const Uuid& host);

  const CurrentAuthority& authority_;
  Book& book_;
  Millis host_life_;
  std::function<WallTime()> clock_;
  std::mutex mutex_;  // between looking a token up and using it up
};

}  // namespace nova::ca
