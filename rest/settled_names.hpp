// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace nova::zone {

/// The machine's names and addresses without those that come and go, as containers' do: a certificate made
/// for each of them would be made all the time. One counts when it has stayed for ten minutes; those that
/// went are dropped on such an occasion, as no harm is in them meanwhile.
class SettledNames {
 public:
  static constexpr Millis settled_after{std::chrono::minutes{10}};

  /// What is there at the start counts at once.
  explicit SettledNames(std::vector<std::string> first) : names_(std::move(first)) {}
  /// To be told every minute or so what is there.
  const std::vector<std::string>& look(const std::vector<std::string>& present, WallTime now);

 private:
  std::vector<std::string> names_;
  std::map<std::string, WallTime> since_;  // of those that are there
};

}  // namespace nova::zone
