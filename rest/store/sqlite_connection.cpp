// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_connection.hpp"

#include <algorithm>

namespace nova::store {
namespace {

// How long to wait for an administrator's command that writes beside the daemon.
constexpr int busy_milliseconds = 5000;

}  // namespace

Uuid Query::uuid() {
  return maybe_uuid().value_or(Uuid{});
}

std::optional<Uuid> Query::maybe_uuid() {
  const SQLite::Column column = statement_.getColumn(column_++);
  Uuid id;
  if (column.isNull() || column.getBytes() != int(id.bytes.size())) return std::nullopt;
  std::ranges::copy_n(static_cast<const std::uint8_t*>(column.getBlob()), id.bytes.size(), id.bytes.begin());
  return id;
}

std::string Query::text() {
  return statement_.getColumn(column_++).getString();
}

std::int64_t Query::integer() {
  return statement_.getColumn(column_++).getInt64();
}

double Query::real() {
  return statement_.getColumn(column_++).getDouble();
}

WallTime Query::time() {
  return WallTime{Millis{integer()}};
}

std::optional<WallTime> Query::maybe_time() {
  const SQLite::Column column = statement_.getColumn(column_++);
  if (column.isNull()) return std::nullopt;
  return WallTime{Millis{column.getInt64()}};
}

Connection::Connection(const std::filesystem::path& file, int flags)
    : database_(file.string(), flags, busy_milliseconds) {
  // WAL: readers go on while one writes. FULL: a commit is on the disk when it returns (in WAL the default,
  // NORMAL, may lose the last ones at a power failure).
  database_.exec("PRAGMA journal_mode=WAL");
  database_.exec("PRAGMA synchronous=FULL");
}

SQLite::Statement& Connection::prepare(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<SQLite::Statement>(database_, sql);
  return *statement;
}

}  // namespace nova::store
