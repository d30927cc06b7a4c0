// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rest/ca/records.hpp"
#include "rest/store/access.hpp"
#include "rest/zone/records.hpp"

namespace nova::store {

using ca::Enrolment;
using ca::HostCertificate;
using ca::JoinToken;

/// Port: what a zone must not lose. Implemented on SQLite, and by a fake in tests; one contract suite runs on
/// both. Any thread may call it. A success of a method that writes means that it is on the disk;
/// Errc::storage_failed means that nothing of it is.
class Store {
 public:
  virtual ~Store() = default;

  // --- the zone ---

  /// What there is, for a zone that starts now. The start is kept: the time since the last write joins those
  /// that may have been forgotten (zone::Memory::forgotten).
  virtual Result<zone::Memory> load(WallTime now) = 0;
  /// One durable step. An action that is final stays as it is, except that a later word replaces
  /// `indeterminate`; of two releases of one hold the earlier stays (HoldSet::plan_merge). Repeating it
  /// changes nothing.
  /// @param now the store's last write afterwards; no record that comes in a later step may be older
  virtual Result<void> write(const zone::Durable& step, WallTime now) = 0;
  /// Facts and ends of actions that come about again if they are lost: in batches. A host that is not known
  /// (removed meanwhile) is left out.
  virtual Result<void> save(const std::vector<zone::HostRecord>& hosts,
                            const std::vector<zone::ActionRecord>& actions) = 0;
  /// When hosts were heard last, where that is all that is new of them. One that is not known is left out.
  virtual Result<void> save_last_seen(const std::vector<std::pair<Uuid, WallTime>>& hosts) = 0;
  /// An action, or nothing.
  virtual Result<std::optional<zone::ActionRecord>> action(const Uuid& id) = 0;
  /// A service's history, newest first. @param marker after this action; Errc::no_such_action where unknown
  virtual Result<std::vector<Action>> actions(const Uuid& service, std::size_t limit,
                                              std::optional<Uuid> marker) = 0;
  /// Forgets actions that ended and pairs that were pruned before a moment, and of a service's actions all
  /// that ended but the newest `actions`, so that the history is bounded.
  virtual Result<void> forget(WallTime before, std::size_t actions) = 0;

  // --- administrators ---

  /// Errc::conflict where a valid token of that name exists.
  virtual Result<void> add_token(const Token& token) = 0;
  /// Errc::invalid_argument where no valid token has the name.
  virtual Result<void> revoke_token(const std::string& name, WallTime now) = 0;
  /// Revoked ones included, by name, then age.
  virtual Result<std::vector<Token>> tokens() = 0;

  // --- enrolment (the rules are those of rest/ca) ---

  virtual Result<void> add_join_token(const JoinToken& token) = 0;
  virtual Result<std::optional<JoinToken>> find_join_token(const std::string& hash) = 0;
  virtual Result<std::optional<Enrolment>> find_enrolment(const std::string& name) = 0;
  virtual Result<std::optional<Enrolment>> find_enrolment(const Uuid& host) = 0;
  /// In one step: marks the token as used by the key, keeps the enrolment and the certificate; with
  /// `supersede` revokes the host's other certificates. Errc::conflict where another key has used the token,
  /// or the name or the id is another host's.
  virtual Result<void> enrol(const std::string& token_hash, const std::string& key,
                             const Enrolment& enrolment, const HostCertificate& certificate,
                             bool supersede) = 0;
  /// Keeps a renewed certificate. Errc::no_such_host where the host is not enrolled (removed meanwhile),
  /// Errc::access_denied where the one that it showed is revoked.
  /// @param shown serial of the certificate for which it got this one
  virtual Result<void> add_certificate(const HostCertificate& certificate, const std::string& shown) = 0;
  virtual Result<std::optional<HostCertificate>> find_certificate(const std::string& serial) = 0;
  /// How many certificates a host was given since a moment that are not revoked.
  virtual Result<std::size_t> count_certificates(const Uuid& host, WallTime since) = 0;
  /// When the last of the valid certificates ends that were given out until a moment; the epoch where there
  /// is none.
  virtual Result<WallTime> last_certificate_end(WallTime issued_until) = 0;
  /// Ends an enrolment: revokes the host's certificates, drops the join tokens for its name. Part of
  /// write()'s removals; alone for a host that was never heard. Errc::no_such_host where there is none.
  virtual Result<void> remove_enrolment(const Uuid& host, WallTime now) = 0;

  // --- care ---

  /// A consistent copy, while others read and write. The file must not exist.
  virtual Result<void> backup(const std::filesystem::path& file) = 0;
};

}  // namespace nova::store
