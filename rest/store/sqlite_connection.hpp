// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"

namespace nova::store {

/// One statement's run: values go in from left to right, columns come out from left to right. Only for use
/// within the expression or block that made it.
class Query {
 public:
  explicit Query(SQLite::Statement& statement) : statement_(statement) { statement_.clearBindings(); }
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <typename... Values>
  Query& with(const Values&... values) {
    (put(values), ...);
    return *this;
  }
  /// Runs it; the number of rows that changed.
  int run() { return statement_.exec(); }
  /// Goes to the next row, if there is one.
  bool next() {
    column_ = 0;
    return statement_.executeStep();
  }

  Uuid uuid();
  std::optional<Uuid> maybe_uuid();
  std::string text();
  std::int64_t integer();
  bool flag() { return integer() != 0; }
  double real();
  WallTime time();
  std::optional<WallTime> maybe_time();

 private:
  void put(const std::string& value) { statement_.bind(++bound_, value); }
  void put(std::string_view value) { statement_.bind(++bound_, std::string(value)); }
  void put(const char* value) { statement_.bind(++bound_, value); }
  void put(std::int64_t value) { statement_.bind(++bound_, value); }
  void put(std::uint32_t value) { statement_.bind(++bound_, value); }
  void put(bool value) { statement_.bind(++bound_, static_cast<int>(value)); }
  void put(double value) { statement_.bind(++bound_, value); }
  void put(const Uuid& value) { statement_.bind(++bound_, value.bytes.data(), int(value.bytes.size())); }
  void put(WallTime value) { put(std::int64_t{value.time_since_epoch().count()}); }
  template <typename T>
  void put(const std::optional<T>& value) {
    if (value)
      put(*value);
    else
      statement_.bind(++bound_);
  }

  SQLite::Statement& statement_;
  int bound_ = 0;
  int column_ = 0;
};

/// One connection with its prepared statements, and the mutex that makes it one thread's at a time.
class Connection {
 public:
  /// @throws SQLite::Exception
  Connection(const std::filesystem::path& file, int flags);

  /// A statement, prepared once. @param sql a literal: its address is the key
  SQLite::Statement& prepare(const char* sql);
  SQLite::Database& database() { return database_; }
  std::mutex& mutex() { return mutex_; }

 private:
  SQLite::Database database_;
  std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
  std::mutex mutex_;
};

/// Runs `work` on the connection and makes an Errc::storage_failed of whatever SQLite throws.
/// @param what completes "cannot …"
template <typename Work>
auto guarded(Connection& connection, const std::string& what, Work work) -> decltype(work()) {
  const std::lock_guard lock(connection.mutex());
  try {
    return work();
  } catch (const std::exception& e) {
    return fail(Errc::storage_failed, "cannot " + what + ": " + e.what() + "; nothing was changed");
  }
}

/// The same in a transaction that is committed where `work` succeeded, and undone otherwise.
template <typename Work>
auto in_transaction(Connection& connection, const std::string& what, Work work) -> decltype(work()) {
  return guarded(connection, what, [&] {
    SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
    auto result = work();
    if (result) transaction.commit();
    return result;
  });
}

}  // namespace nova::store
