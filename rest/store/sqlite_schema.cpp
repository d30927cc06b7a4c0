// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_schema.hpp"

#include <array>
#include <string>

namespace nova::store {
namespace {

// Ids are blobs of 16 bytes, times are milliseconds since 1970 (UTC), words are spelled as in the API.
constexpr const char* first = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE hosts (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, last_seen INTEGER NOT NULL,
  nova_name TEXT NOT NULL, machine_id TEXT NOT NULL, os TEXT NOT NULL, kernel TEXT NOT NULL,
  architecture TEXT NOT NULL, daemon TEXT NOT NULL, systemd TEXT NOT NULL, boot_time INTEGER, load1 REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE services (
  id BLOB PRIMARY KEY, host BLOB NOT NULL, binary TEXT NOT NULL, instance TEXT NOT NULL, kind TEXT NOT NULL,
  controllable INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  unit TEXT NOT NULL, load_state TEXT NOT NULL, active_state TEXT NOT NULL, sub_state TEXT NOT NULL,
  unit_file_state TEXT NOT NULL, freezer_state TEXT NOT NULL, result TEXT NOT NULL, invocation_id TEXT NOT NULL,
  main_pid INTEGER NOT NULL, restarts INTEGER NOT NULL, since INTEGER, aliases TEXT NOT NULL,
  payload_elsewhere INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX services_by_host ON services (host);
-- "pruned": when the ended pair left the set of its host; what is kept from then on is history.
CREATE TABLE holds (
  host BLOB NOT NULL, id BLOB NOT NULL, service BLOB NOT NULL, owner TEXT NOT NULL, actor TEXT NOT NULL,
  reason TEXT NOT NULL, since INTEGER NOT NULL, recorded INTEGER NOT NULL, until INTEGER, door TEXT NOT NULL,
  enforce TEXT NOT NULL, pruned INTEGER, PRIMARY KEY (host, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pruned_holds ON holds (service, pruned) WHERE pruned IS NOT NULL;
CREATE TABLE releases (
  host BLOB NOT NULL, hold BLOB NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, door TEXT NOT NULL,
  message TEXT NOT NULL, pruned INTEGER, PRIMARY KEY (host, hold)
) STRICT, WITHOUT ROWID;
CREATE TABLE actions (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, host BLOB NOT NULL, service BLOB NOT NULL,
  verb TEXT NOT NULL, actor TEXT NOT NULL, door TEXT NOT NULL, reason TEXT NOT NULL, requested INTEGER NOT NULL,
  finished INTEGER, outcome TEXT NOT NULL, message TEXT NOT NULL, hold BLOB, changed INTEGER NOT NULL,
  used_override INTEGER NOT NULL
) STRICT;
CREATE INDEX actions_by_service ON actions (service, number);
CREATE INDEX unfinished_actions ON actions (number) WHERE outcome IN ('accepted', 'running');
CREATE TABLE commands (
  id BLOB PRIMARY KEY, host BLOB NOT NULL, service BLOB NOT NULL, verb TEXT NOT NULL, actor TEXT NOT NULL,
  reason TEXT NOT NULL, remaining INTEGER NOT NULL, thaw INTEGER NOT NULL, force INTEGER NOT NULL,
  deadline INTEGER NOT NULL, boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL, revoked INTEGER
) STRICT;
CREATE UNIQUE INDEX valid_tokens ON tokens (name) WHERE revoked IS NULL;
CREATE TABLE join_tokens (
  hash TEXT PRIMARY KEY, host TEXT NOT NULL, created_by TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER,
  used_by_key TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE enrolments (host BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, since INTEGER NOT NULL) STRICT;
CREATE TABLE certificates (
  serial TEXT PRIMARY KEY, host BLOB NOT NULL, issued INTEGER NOT NULL, not_after INTEGER NOT NULL, revoked INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_by_host ON certificates (host);
)sql";

// Which times the store may know nothing of (zone::Memory::forgotten). A file from before this step knows
// nothing of its past, so all of it counts.
constexpr const char* forgotten_times = R"sql(
CREATE TABLE forgotten (since INTEGER NOT NULL, until INTEGER PRIMARY KEY) STRICT;
DELETE FROM meta WHERE key = 'last_write';
)sql";

constexpr std::array steps{first, forgotten_times};

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

void set_pragma(SQLite::Database& database, const char* name, int value) {
  database.exec("PRAGMA " + std::string(name) + "=" + std::to_string(value));
}

}  // namespace

std::span<const char* const> schema_steps() {
  return steps;
}

int schema_version(SQLite::Database& database) {
  return pragma(database, "user_version");
}

Result<void> migrate(SQLite::Database& database) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = pragma(database, "user_version");
  const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  if (!empty && pragma(database, "application_id") != application_id)
    return fail(Errc::storage_failed, "it is another program's database");
  if (version > int(steps.size()))
    return fail(Errc::storage_failed, "a newer version of novazoned wrote it (schema " +
                                          std::to_string(version) + ", this one knows " +
                                          std::to_string(steps.size()) + "); install that version again");
  for (std::size_t step = std::size_t(version); step < steps.size(); ++step) database.exec(steps[step]);
  set_pragma(database, "application_id", application_id);
  set_pragma(database, "user_version", int(steps.size()));
  transaction.commit();
  return {};
}

}  // namespace nova::store
