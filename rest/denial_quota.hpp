// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/time.hpp"

namespace nova::zone {

/// How many denials of one client are written to the journal: a few at once, then one in a while, and all
/// clients together no more than journald takes. A flood hides neither the flood itself nor what others do.
/// Any thread.
class DenialQuota {
 public:
  /// @return how many of this client were left out since the last that was written; nothing where this one is
  /// to be left out as well
  std::optional<std::uint64_t> take(const std::string& remote, WallTime now);

 private:
  /// Tokens that come back with the time.
  struct Bucket {
    double tokens;
    WallTime filled;
    std::uint64_t left_out = 0;

    bool take(WallTime now, double most, double per_second);
  };

  Bucket& bucket_of(const std::string& remote, WallTime now);

  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> clients_;  // guarded by mutex_
  std::optional<Bucket> all_;                        // guarded by mutex_
  WallTime swept_;                                   // guarded by mutex_
};

}  // namespace nova::zone
