// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "rest/store/store.hpp"

namespace nova::store {

/// How to open the file.
struct SqliteOptions {
  std::filesystem::path file;  ///< zone.db; its directory has to exist
  /// The daemon: takes the lock beside the file, so that a second novazoned on the same store is refused.
  /// Administrators' commands leave it out and work beside the daemon: on a store that is there, and whose
  /// schema is this build's or can be brought up to it because no daemon runs.
  bool exclusive = true;
  WallTime now;  ///< when the store is born, where it has to be made
  /// The machine's boot (/proc/sys/kernel/random/boot_id): deadlines of another boot cannot be compared.
  std::string boot_id;
};

/// Opens the store or, where it is exclusive, makes it, and brings an older schema up to this build's. A file
/// of a newer schema, or one that is damaged, is refused and left alone. Run by root, what is made belongs to
/// the owner of the directory.
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

}  // namespace nova::store
