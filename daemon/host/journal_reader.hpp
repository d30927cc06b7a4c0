// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/excerpt.hpp"

namespace nova::host {

/// Which errors to look for.
struct JournalQuery {
  std::set<std::string> units;  ///< primary ids
  WallTime since;               ///< entries from then on
  WallTime now;
};

/// An error and the unit that it is about.
struct UnitError {
  std::string unit;
  JournalEntry entry;
  bool operator==(const UnitError&) const = default;
};

/// What was found.
struct JournalReading {
  /// From where the search is complete: the query's `since`, or later where the journal has more than is
  /// looked at in one reading.
  WallTime since;
  std::vector<UnitError> errors;  ///< newest first, the newest excerpt_size of each unit
};

/// Port: reads the host's journal. Implemented over sd-journal by daemon/journal_reader, and by a fake in
/// tests.
///
/// read() returns at once; `done` is called exactly once, later, from the loop, unless the reader ends
/// before. One reading at a time. The work is bounded, whatever the journal's size.
class JournalReader {
 public:
  using Done = std::function<void(Result<JournalReading>)>;

  virtual ~JournalReader() = default;
  virtual void read(JournalQuery query, Done done) = 0;
};

}  // namespace nova::host
