// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/host/journal_reader.hpp"

namespace nova::journal_reader {

/// A journal's errors, walked from its end: what a scan needs of sd-journal, and what tests put in its place.
class Records {
 public:
  virtual ~Records() = default;
  /// Steps to the next older error; false where there is none.
  virtual Result<bool> previous() = 0;
  /// When the journal received the present entry.
  virtual WallTime time() const = 0;
  /// A field of the present entry; nothing where it has none. @param name as in systemd.journal-fields(7)
  virtual std::optional<std::string> field(const char* name) const = 0;
};

/// How much one scan may look at.
struct Bounds {
  std::size_t entries = 20'000;
  std::function<bool()> over = [] {
    return false;
  };  ///< its time has passed, or nobody waits for it any more
};

/// Finds the newest errors of the query's units. An entry is of a unit where systemctl(1) would show it in
/// the unit's status: the unit wrote it, or systemd or another privileged program wrote it about the unit.
/// Nobody else can make words appear there.
Result<host::JournalReading> scan(Records& records, const host::JournalQuery& query, const Bounds& bounds);

}  // namespace nova::journal_reader
