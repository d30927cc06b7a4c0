// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/host/hold_store.hpp"
#include "daemon/store/disk.hpp"
#include "daemon/store/saved_json.hpp"

namespace nova::store {

/// host::HoldStore on the files of the state directory (/var/lib/novahost):
///   host-id       who this host is, made at the first start
///   holds.json    host::Saved, replaced as a whole
///   history.json  released pairs that left the set
/// One thread.
class FileStore final : public host::HoldStore {
 public:
  /// Opens the store; at the first start (no host-id) makes an id and an empty state. Holds that are there
  /// all the same are another host's, this machine being a copy of it: they are put aside as
  /// holds.json.former, and notice() says so. Files that are missing later, or cannot be understood, are
  /// Errc::invalid_argument and say what to do: the daemon must not start without its holds. A disk that does
  /// not do its work is Errc::storage_failed; that may pass.
  static Result<std::unique_ptr<FileStore>> open(std::unique_ptr<Disk> disk, WallTime now,
                                                 const std::function<Uuid()>& new_id);
  /// Begins with no holds. @return the name under which the file that was there is kept
  /// (holds.json.forgotten, holds.json.forgotten.2, …), or "" where there was none
  static Result<std::string> forget_holds(Disk& disk, WallTime now);
  /// Makes this the id of the host (enrolment of a host that was known before).
  static Result<void> set_host_id(Disk& disk, const Uuid& id);

  const Uuid& host_id() const { return host_id_; }
  /// What an administrator should know of this start, or "".
  const std::string& notice() const { return notice_; }

  Result<host::Saved> load() override;
  Result<void> save(const host::Saved& state) override;
  Result<void> archive(const HoldDelta& pairs) override;
  const HoldDelta& archived() const override { return archive_; }

 private:
  explicit FileStore(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}
  Result<void> set_up(WallTime now, const std::function<Uuid()>& new_id);
  Result<void> become_new(WallTime now, const std::function<Uuid()>& new_id);
  Result<void> put_aside(const std::string& name);
  Result<void> replace(const std::string& name, const std::string& text, std::string& current);

  std::unique_ptr<Disk> disk_;
  Uuid host_id_;
  std::string notice_;
  HoldDelta archive_;
  StateText text_;
  std::string holds_text_;    // what the file has, to be put back where a replacement ends in doubt
  std::string history_text_;  // likewise
};

}  // namespace nova::store
