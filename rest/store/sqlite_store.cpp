// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_store.hpp"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_schema.hpp"

namespace nova::store {
namespace {

void check_health(SQLite::Database& database) {
  const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (found != "ok") throw std::runtime_error(found);
}

/// Whether the file is one of ours as this build writes it.
bool is_current(SQLite::Database& database) {
  return database.execAndGet("PRAGMA application_id").getInt() == application_id &&
         schema_version(database) == int(schema_steps().size());
}

/// Beside a daemon nothing is altered under it.
Result<std::optional<FileLock>> lock_for_migration(SQLite::Database& database,
                                                   const std::filesystem::path& file) {
  if (is_current(database)) return std::nullopt;
  auto lock = FileLock::take(file.string() + ".lock");
  if (!lock && lock.error().code == Errc::conflict)
    return fail(Errc::conflict, "a novazoned of another version uses it (schema " +
                                    std::to_string(schema_version(database)) + ", this one has " +
                                    std::to_string(schema_steps().size()) +
                                    "); restart novazoned.service, then try again");
  if (!lock) return std::unexpected(lock.error());
  return std::optional<FileLock>(std::move(*lock));
}

/// What a store is born with.
void christen(Connection& connection, WallTime now) {
  const char* insert = "INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)";
  Query(connection.prepare(insert)).with("zone", random_uuid()).run();
  Query(connection.prepare(insert)).with("born", now).run();
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  const std::string cannot = "cannot open the store " + options.file.string() + ": ";
  std::optional<FileLock> lock;
  std::error_code ignored;
  if (options.exclusive) {
    auto taken = FileLock::take(options.file.string() + ".lock");
    if (!taken) return std::unexpected(taken.error());
    lock.emplace(std::move(*taken));
    if (auto made = make_file(options.file, false); !made) return std::unexpected(made.error());
  } else if (!std::filesystem::exists(options.file, ignored)) {
    return fail(Errc::storage_failed, cannot + "there is none; start novazoned.service once");
  }
  try {
    auto writing = std::make_unique<Connection>(options.file, SQLite::OPEN_READWRITE);
    if (options.exclusive) {
      check_health(writing->database());
    } else {
      auto taken = lock_for_migration(writing->database(), options.file);
      if (!taken) return fail(taken.error().code, cannot + taken.error().message);
      if (*taken) lock.emplace(std::move(**taken));
    }
    if (lock)
      if (auto ready = migrate(writing->database()); !ready)
        return fail(ready.error().code, cannot + ready.error().message);
    if (options.exclusive) christen(*writing, options.now);
    auto reading = std::make_unique<Connection>(options.file, SQLite::OPEN_READWRITE);
    return std::make_unique<SqliteStore>(options.file, options.boot_id, std::move(lock), std::move(writing),
                                         std::move(reading));
  } catch (const std::exception& e) {
    return fail(Errc::storage_failed, cannot + e.what() + "; restore a backup (novazoned --restore)");
  }
}

SqliteStore::SqliteStore(std::filesystem::path file, std::string boot_id, std::optional<FileLock> lock,
                         std::unique_ptr<Connection> writing, std::unique_ptr<Connection> reading)
    : file_(std::move(file)),
      boot_id_(std::move(boot_id)),
      lock_(std::move(lock)),
      writing_(std::move(writing)),
      reading_(std::move(reading)) {}

Result<void> SqliteStore::backup(const std::filesystem::path& file) {
  if (auto made = make_file(file, true); !made) return made;
  auto copied = guarded(*reading_, "back up to " + file.string(), [&]() -> Result<void> {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE);
    SQLite::Backup work(copy, reading_->database());
    // In one go: beside a busy writer, a backup in parts would start over and over.
    if (work.executeStep(-1) != SQLITE_DONE) throw std::runtime_error(copy.getErrorMsg());
    return {};
  });
  std::error_code ignored;
  if (!copied) std::filesystem::remove(file, ignored);
  return copied;
}

}  // namespace nova::store
