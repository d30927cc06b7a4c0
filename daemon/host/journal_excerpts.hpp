// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/host/host.hpp"
#include "daemon/host/journal_reader.hpp"

namespace nova::host {

/// The recent errors of each service, kept up to date with few readings: shortly after a unit changed, and
/// otherwise once a minute, together with a sync, so that nothing wakes up for it alone. After the first
/// reading only what is new is looked at. It decides and keeps; it reads nothing. One thread.
class JournalExcerpts {
 public:
  struct Kept {
    JournalExcerpt entries;
    std::uint64_t version = 0;  ///< of version(), when they last changed
  };

  /// @param host has to outlive this
  explicit JournalExcerpts(const Host& host) : host_(host) {}

  void units_changed(const Changes& changes, BootTime now);
  /// When to call due() because a unit changed; nothing where none did or a reading is under way.
  std::optional<BootTime> next() const;
  /// What is to be read now, or nothing; take() or failed() has to follow. @param syncing a sync is about to
  /// be sent
  std::optional<JournalQuery> due(const Now& now, bool syncing);
  /// The reading that was due. @return whether an excerpt changed
  bool take(const JournalReading& reading);
  /// It could not be read: what is known keeps its age.
  void failed();

  /// By service. One that is not in it has not been looked for yet.
  const std::map<Uuid, Kept>& kept() const { return kept_; }
  /// Grows with every change of an excerpt; 0 before the first reading.
  std::uint64_t version() const { return version_; }
  /// What the excerpts speak for; nothing before the first reading.
  const std::optional<ExcerptPeriod>& period() const { return period_; }

  static constexpr Millis settling{1000};  ///< after a unit's change, for its last words to arrive
  static constexpr Millis breath{5000};    ///< between two readings, however often a unit changes
  static constexpr Millis pace{60'000};    ///< between readings for nothing in particular
  static constexpr Millis overlap{1000};   ///< is looked at again: entries of one moment may come in turn

 private:
  void keep(const Uuid& service, JournalExcerpt entries);

  const Host& host_;
  std::map<Uuid, Kept> kept_;
  std::uint64_t version_ = 0;
  std::optional<ExcerptPeriod> period_;
  std::optional<BootTime> wanted_;  // because a unit changed
  std::optional<BootTime> last_;    // reading, its beginning
  std::optional<JournalQuery> under_way_;
  bool anew_ = true;  // a service is there whose past has not been looked at
};

}  // namespace nova::host
