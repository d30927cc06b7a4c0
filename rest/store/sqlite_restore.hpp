// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "model/error.hpp"
#include "model/time.hpp"

namespace nova::store {

/// What a restore did.
struct Restored {
  std::filesystem::path former;  ///< where the store that was there is now; empty: there was none
  std::string not_carried_over;  ///< why nothing of it was carried over; empty: it was
};

/// Puts a backup in the place of a store, whole or not at all: the copy is checked and brought up to this
/// build's schema first, then renamed over the former one, which is kept aside as one file; no log of the
/// former one is left that SQLite would replay into it.
///
/// What the former store knows and a backup must not undo is carried over, as far as it can be read: which
/// certificates were given out and revoked, to whom, and which tokens were revoked. Join tokens all end. A
/// host that was removed since may be listed again; its certificates stay revoked.
/// @param file the store, whose lock is taken: Errc::conflict while a novazoned runs
/// @param backup open for reading, made by Store::backup()
/// @param shown names the backup in errors
Result<Restored> restore_sqlite(const std::filesystem::path& file, int backup, const std::string& shown,
                                WallTime now);

}  // namespace nova::store
