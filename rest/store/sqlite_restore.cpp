// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_restore.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "rest/store/sqlite_file.hpp"
#include "rest/store/sqlite_schema.hpp"

namespace nova::store {
namespace {

namespace fs = std::filesystem;

// Only what happened: that something is missing there is no reason to take it away here.
constexpr const char* carry_over = R"sql(
INSERT OR IGNORE INTO enrolments (host, name, since) SELECT host, name, since FROM former.enrolments;
INSERT OR IGNORE INTO certificates SELECT serial, host, issued, not_after, revoked FROM former.certificates;
UPDATE certificates SET revoked = (SELECT f.revoked FROM former.certificates f WHERE f.serial = certificates.serial)
  WHERE revoked IS NULL AND serial IN (SELECT serial FROM former.certificates WHERE revoked IS NOT NULL);
UPDATE tokens SET revoked = (SELECT f.revoked FROM former.tokens f WHERE f.hash = tokens.hash)
  WHERE revoked IS NULL AND hash IN (SELECT hash FROM former.tokens WHERE revoked IS NOT NULL);
)sql";

fs::path beside(const fs::path& file, const char* suffix) {
  return file.string() + suffix;
}

/// Writes what is in the log into the file, and does without a log from then on.
void make_one_file(SQLite::Database& database) {
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  if (database.execAndGet("PRAGMA journal_mode=DELETE").getString() != "delete")
    throw std::runtime_error("its log cannot be merged");
}

/// @throws std::exception for a file that is no whole store
void check(SQLite::Database& database) {
  if (database.execAndGet("PRAGMA application_id").getInt() != application_id)
    throw std::runtime_error("it is no database of novazoned");
  const std::string found = database.execAndGet("PRAGMA integrity_check(1)").getString();
  if (found != "ok") throw std::runtime_error(found);
}

/// Ends the life of the former store's log. @return why it cannot be read, or ""
std::string settle(const fs::path& file) {
  try {
    SQLite::Database former(file.string(), SQLite::OPEN_READWRITE);
    check(former);
    make_one_file(former);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Checks the copy and makes of it what the zone shall start with.
Result<void> prepare(const fs::path& copy, const fs::path& former, const std::string& shown) {
  const std::string cannot = "cannot restore " + shown + ": ";
  try {
    SQLite::Database database(copy.string(), SQLite::OPEN_READWRITE);
    check(database);
    if (auto ready = migrate(database); !ready)
      return fail(ready.error().code, cannot + ready.error().message);
    database.exec("DELETE FROM join_tokens");
    if (!former.empty()) {
      SQLite::Statement attach(database, "ATTACH DATABASE ? AS former");
      attach.bind(1, former.string());
      attach.exec();
      SQLite::Transaction whole(database);
      database.exec(carry_over);
      whole.commit();
      database.exec("DETACH DATABASE former");
    }
    make_one_file(database);
    return {};
  } catch (const std::exception& error) {
    return fail(Errc::storage_failed, cannot + error.what() + "; nothing was changed");
  }
}

Result<void> move_aside(const fs::path& file, const fs::path& aside) {
  // The log first: without it the store that it belongs to is unharmed, with it another one is not.
  for (const char* suffix : {"-wal", "-shm"})
    if (auto moved = rename_if_there(beside(file, suffix), beside(aside, suffix)); !moved) return moved;
  return link_if_there(file, aside);
}

}  // namespace

Result<Restored> restore_sqlite(const fs::path& file, int backup, const std::string& shown, WallTime now) {
  const auto lock = FileLock::take(beside(file, ".lock"));
  if (!lock && lock.error().code == Errc::conflict)
    return fail(Errc::conflict, "cannot restore while the zone is served: stop novazoned.service first");
  if (!lock) return std::unexpected(lock.error());
  const fs::path copy = beside(file, ".restore");
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {  // of a restore that was interrupted
    std::error_code ignored;
    fs::remove(beside(copy, suffix), ignored);
  }
  if (auto copied = copy_to_new(backup, copy); !copied) return std::unexpected(copied.error());
  std::error_code ignored;
  const bool had_one = fs::exists(file, ignored);
  Restored restored{.former = had_one ? beside(file, (".before-" + to_rfc3339(now)).c_str()) : fs::path{},
                    .not_carried_over = had_one ? settle(file) : ""};
  const bool readable = had_one && restored.not_carried_over.empty();
  auto ready = prepare(copy, readable ? file : fs::path{}, shown);
  if (ready) ready = move_aside(file, had_one ? restored.former : beside(file, ".before"));
  if (ready) ready = replace_durably(copy, file);
  if (!ready) {
    fs::remove(copy, ignored);
    return std::unexpected(ready.error());
  }
  return restored;
}

}  // namespace nova::store
