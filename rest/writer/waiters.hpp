// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "model/uuid.hpp"

namespace nova::writer {

/// Who waits for what: doorbells of hosts and ends of actions. Every call is made exactly once, by whoever
/// gets it from take…() and calls it outside of the locks. Not thread-safe: guarded by the writer's mutex.
class Waiters {
 public:
  using Call = std::function<void()>;
  using Calls = std::vector<Call>;

  /// Parks a host's doorbell. @return the one it replaces, which has to be rung now
  Calls park_doorbell(const Uuid& host, Call ring);
  void park_end(const Uuid& action, Call done);
  /// Doorbells of these hosts and waits for these actions.
  Calls take(const std::vector<Uuid>& hosts, const std::vector<Uuid>& actions);
  Calls take_all();

 private:
  std::unordered_map<Uuid, Call> doorbells_;
  std::unordered_multimap<Uuid, Call> ends_;
};

/// Makes the calls.
void make(const Waiters::Calls& calls);

}  // namespace nova::writer
