// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "rest/store/store.hpp"

namespace nova::store {

/// A store that keeps its state in memory, by the same contract as the one on disk, and can fail.
class FakeStore final : public Store {
 public:
  /// @param now when it is born
  explicit FakeStore(WallTime now, Uuid zone = random_uuid());

  /// From now on every write fails, as on a full disk; reading goes on.
  void set_full(bool full);
  /// Called in write() before anything is kept, without a lock: to hold a batch back.
  void before_write(std::function<void()> call) { before_write_ = std::move(call); }
  /// Called once, when actions were read and are not handed over yet.
  void after_read(std::function<void()> call) { after_read_ = std::move(call); }
  /// The machine was booted: deadlines of commands cannot be compared any more.
  void reboot();
  /// How many durable steps were asked for.
  int writes() const;

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
  /// Not here: there is no file.
  Result<void> backup(const std::filesystem::path& file) override;

 private:
  Result<void> writable() const;
  Result<std::vector<Action>> read_actions(const Uuid& service, std::size_t limit,
                                           std::optional<Uuid> marker) const;
  void keep(const zone::ActionRecord& record);
  void remove(const Uuid& host, WallTime now);
  void end_enrolment(const Uuid& host, WallTime now);

  mutable std::mutex mutex_;
  bool full_ = false;
  int writes_ = 0;
  std::function<void()> before_write_;
  std::function<void()> after_read_;

  Uuid zone_;
  WallTime born_;
  std::optional<WallTime> last_write_;
  std::vector<std::pair<WallTime, WallTime>> forgotten_;
  std::map<Uuid, zone::HostRecord> hosts_;
  std::map<Uuid, HoldSet> holds_;
  std::vector<zone::ActionRecord> actions_;  // oldest first
  std::map<Uuid, zone::CommandRecord> commands_;
  std::vector<Token> tokens_;
  std::map<std::string, JoinToken> join_tokens_;
  std::map<Uuid, Enrolment> enrolments_;
  std::map<std::string, HostCertificate> certificates_;
};

}  // namespace nova::store
