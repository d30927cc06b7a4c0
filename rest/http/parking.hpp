// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "rest/http/exchange.hpp"

namespace nova::http {

/// Where replies wait for what they are about: each is sent once, when it is woken, when its time is over or
/// when all are woken before a stop. One thread, asleep while nothing is due. Any thread may call.
class Parking {
 public:
  using Send = std::function<void(Reply)>;  ///< called once, from the thread that woke it; must not throw

  Parking();
  /// Wakes all.
  ~Parking();
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;

  void park(std::shared_ptr<const Parked> parked, Send send);
  /// Sends every reply that waits now, since a stop is near.
  void wake_parked();
  /// Sends every waiting reply now, and from now on each one at once.
  void wake_all();

 private:
  struct Waiting;
  using Clock = std::chrono::steady_clock;

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::weak_ptr<Waiting>> due_;  // guarded by mutex_
  std::map<Waiting*, std::shared_ptr<Waiting>> waiting_;          // guarded by mutex_
  bool open_ = true;                                              // guarded by mutex_
  bool ending_ = false;                                           // guarded by mutex_
  std::thread thread_;
};

}  // namespace nova::http
