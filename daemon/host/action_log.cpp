// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/action_log.hpp"

#include <algorithm>

namespace nova::host {
namespace {

bool is_of_the_zone(const Action& action) {
  return action.door == Door::rest;
}

}  // namespace

ActionLog::ActionLog(std::vector<Action> saved, std::vector<Uuid> spent, bool has_zone)
    : spent_(std::move(spent)), has_zone_(has_zone) {
  if (spent_.size() > max_spent) spent_.erase(spent_.begin(), spent_.end() - max_spent);
  for (const Action& action : saved) put(action);
}

bool ActionLog::put(const Action& action) {
  const auto same = std::ranges::find(actions_, action.id, &Action::id);
  if (!is_wanted(action)) {
    if (same != actions_.end()) actions_.erase(same);
    return true;
  }
  if (same != actions_.end()) {
    *same = action;
    return true;
  }
  if (actions_.size() >= max_actions && !make_room()) return false;
  actions_.push_back(action);
  return true;
}

bool ActionLog::is_wanted(const Action& action) const {
  return has_zone_ || is_of_the_zone(action) || !is_final(action.outcome);
}

/// The zone waits for results of its own commands; what was done here can rather be missed.
bool ActionLog::make_room() {
  auto victim = std::ranges::find_if(
      actions_, [](const Action& a) { return is_final(a.outcome) && !is_of_the_zone(a); });
  if (victim == actions_.end())
    victim = std::ranges::find_if(actions_, [](const Action& a) { return is_final(a.outcome); });
  if (victim == actions_.end()) return false;
  spend(*victim);
  actions_.erase(victim);
  return true;
}

/// A command of the zone that is forgotten here may still be repeated by it.
void ActionLog::spend(const Action& action) {
  if (!is_of_the_zone(action)) return;
  spent_.push_back(action.id);
  if (spent_.size() > max_spent) spent_.erase(spent_.begin(), spent_.end() - max_spent);
}

void ActionLog::acknowledge(const std::vector<Uuid>& ids) {
  std::erase_if(actions_, [&](const Action& action) {
    const bool done = is_final(action.outcome) && std::ranges::find(ids, action.id) != ids.end();
    if (done) spend(action);
    return done;
  });
}

bool ActionLog::knows(const Uuid& action) const {
  return std::ranges::find(actions_, action, &Action::id) != actions_.end() ||
         std::ranges::find(spent_, action) != spent_.end();
}

}  // namespace nova::host
