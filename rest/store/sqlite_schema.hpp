// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <span>

#include "model/error.hpp"

namespace nova::store {

/// In the file's header, so that file(1) and we can tell it from other databases: "NoSv".
inline constexpr int application_id = 0x4e6f5376;

/// The steps that made the schema what it is, oldest first; a file's version (PRAGMA user_version) is the
/// number of steps that it has seen. A step, once released, is never altered: a change is another step.
std::span<const char* const> schema_steps();

/// A file's version. @throws SQLite::Exception
int schema_version(SQLite::Database& database);

/// Brings a database up to the newest schema, all of it or nothing.
/// Errc::storage_failed where it is another program's, or of a newer build.
/// @throws SQLite::Exception
Result<void> migrate(SQLite::Database& database);

}  // namespace nova::store
