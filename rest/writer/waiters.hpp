// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
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
  /// Parks a wait for an action's end. Most give up before it comes, which nobody says here.
  /// @return where very many wait for the same, one of them, which has to be called now
  Calls park_end(const Uuid& action, Call done);
  /// Doorbells of these hosts and waits for these actions.
  Calls take(const std::vector<Uuid>& hosts, const std::vector<Uuid>& actions);
  Calls take_all();

  /// So many may wait for one action.
  static constexpr std::size_t longest_line = 64;

 private:
  std::unordered_map<Uuid, Call> doorbells_;
  std::unordered_map<Uuid, std::deque<Call>> ends_;  // the first waits longest
};

/// Makes the calls.
void make(const Waiters::Calls& calls);

}  // namespace nova::writer
