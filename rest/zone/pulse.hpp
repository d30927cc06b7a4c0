// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>

#include "model/excerpt.hpp"

namespace nova::zone {

/// What every sync of a host moves and is no change: when it was heard, its load, until when its journal was
/// read. It lies beside the snapshots, shared by all views of the host, so that it is never older than the
/// last sync and never makes a new snapshot. The zone writes, any thread reads; a reader may meet the figures
/// of one sync beside those of the next.
class Pulse {
 public:
  struct Load {
    double load1 = 0;
    WallTime at;  ///< when the host said so
  };

  /// The epoch where the host was never heard.
  WallTime last_seen() const { return time_of(last_seen_); }
  std::optional<Load> load() const {
    const Load load{.load1 = load1_, .at = time_of(load_at_)};
    return load.at == WallTime{} ? std::nullopt : std::optional(load);
  }
  /// What the host's excerpts speak for; nothing where it has not told any.
  std::optional<ExcerptPeriod> journal() const {
    const ExcerptPeriod period{.since = time_of(journal_since_), .as_of = time_of(journal_as_of_)};
    return period.as_of == WallTime{} ? std::nullopt : std::optional(period);
  }

  void hear(WallTime now) { put(last_seen_, now); }
  void take_load(double load1, WallTime at) {
    load1_ = load1;
    put(load_at_, at);
  }
  void take_journal(const ExcerptPeriod& period) {
    put(journal_since_, period.since);
    put(journal_as_of_, period.as_of);
  }

 private:
  using Count = std::atomic<Millis::rep>;
  static WallTime time_of(const Count& count) { return WallTime{Millis{count.load()}}; }
  static void put(Count& count, WallTime time) { count = time.time_since_epoch().count(); }

  Count last_seen_{0};
  Count load_at_{0};
  Count journal_since_{0};
  Count journal_as_of_{0};
  std::atomic<double> load1_{0};
};

}  // namespace nova::zone
