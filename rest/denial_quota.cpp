// SPDX-License-Identifier: Apache-2.0
#include "rest/denial_quota.hpp"

#include <algorithm>
#include <utility>

namespace nova::zone {
namespace {

constexpr double most_of_one = 10;
constexpr double of_one_per_second = 0.2;
constexpr double most_of_all = 1000;  // journald takes 10,000 in 30 s of a unit
constexpr double of_all_per_second = 50;
constexpr std::size_t most_clients = 4096;

}  // namespace

bool DenialQuota::Bucket::take(WallTime now, double most, double per_second) {
  const std::chrono::duration<double> passed = std::max(now - filled, Millis{0});
  tokens = std::min(most, tokens + passed.count() * per_second);
  filled = now;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

DenialQuota::Bucket& DenialQuota::bucket_of(const std::string& remote, WallTime now) {
  // Those who were quiet long enough are forgotten, by one look a second; where there are none, strangers
  // share one bucket.
  if (clients_.size() >= most_clients && std::chrono::abs(now - swept_) >= std::chrono::seconds(1)) {
    swept_ = now;
    std::erase_if(clients_, [now](const auto& one) {
      return one.second.left_out == 0 &&
             now - one.second.filled > std::chrono::duration<double>(most_of_one / of_one_per_second);
    });
  }
  const bool full = clients_.size() >= most_clients && !clients_.contains(remote);
  return clients_.try_emplace(full ? "" : remote, Bucket{most_of_one, now}).first->second;
}

std::optional<std::uint64_t> DenialQuota::take(const std::string& remote, WallTime now) {
  const std::scoped_lock lock(mutex_);
  if (!all_) all_ = Bucket{most_of_all, now};
  Bucket& client = bucket_of(remote, now);
  if (client.take(now, most_of_one, of_one_per_second) && all_->take(now, most_of_all, of_all_per_second))
    return std::exchange(client.left_out, 0);
  ++client.left_out;
  return std::nullopt;
}

}  // namespace nova::zone
