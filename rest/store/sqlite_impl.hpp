// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rest/store/sqlite_connection.hpp"
#include "rest/store/sqlite_file.hpp"
#include "rest/store/store.hpp"

namespace nova::store {

/// The store on SQLite: one connection writes, another reads the history beside it.
class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path file, std::string boot_id, std::optional<FileLock> lock,
              std::unique_ptr<Connection> writing, std::unique_ptr<Connection> reading);

  Result<zone::Memory> load(WallTime now) override;
  Result<void> write(const zone::Durable& step, WallTime now) override;
  Result<void> save(const std::vector<zone::HostRecord>& hosts,
                    const std::vector<zone::ActionRecord>& actions) override;
  Result<void> save_last_seen(const std::vector<std::pair<Uuid, WallTime>>& hosts) override;
  Result<std::optional<zone::ActionRecord>> action(const Uuid& id) override;
  Result<std::vector<Action>> actions(const Uuid& service, std::size_t limit,
                                      std::optional<Uuid> marker) override;
  Result<void> forget(WallTime before, std::size_t actions) override;

  Result<void> add_token(const Token& token) override;
  Result<void> revoke_token(const std::string& name, WallTime now) override;
  Result<std::vector<Token>> tokens() override;

  Result<void> add_join_token(const JoinToken& token) override;
  Result<std::optional<JoinToken>> find_join_token(const std::string& hash) override;
  Result<std::optional<Enrolment>> find_enrolment(const std::string& name) override;
  Result<std::optional<Enrolment>> find_enrolment(const Uuid& host) override;
  Result<void> enrol(const std::string& token_hash, const std::string& key, const Enrolment& enrolment,
                     const HostCertificate& certificate, bool supersede) override;
  Result<void> add_certificate(const HostCertificate& certificate, const std::string& shown) override;
  Result<std::optional<HostCertificate>> find_certificate(const std::string& serial) override;
  Result<std::size_t> count_certificates(const Uuid& host, WallTime since) override;
  Result<WallTime> last_certificate_end(WallTime issued_until) override;
  Result<void> remove_enrolment(const Uuid& host, WallTime now) override;

  Result<void> backup(const std::filesystem::path& file) override;

 private:
  // Each within the caller's transaction.
  void write_host(const zone::HostRecord& host);
  void write_holds(const zone::HostDelta& records);
  void prune(const zone::HostDelta& pairs, WallTime now);
  void write_action(const zone::ActionRecord& record);
  void remove_host(const Uuid& host, WallTime now);
  void end_enrolment(const Uuid& host, WallTime now);
  void set_last_write(WallTime now);
  std::vector<std::pair<WallTime, WallTime>> note_start(WallTime now);

  std::filesystem::path file_;
  std::string boot_id_;
  std::optional<FileLock> lock_;
  std::unique_ptr<Connection> writing_;
  std::unique_ptr<Connection> reading_;
};

}  // namespace nova::store
