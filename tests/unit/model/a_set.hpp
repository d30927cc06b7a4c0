// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/hold_rules.hpp"

namespace nova {

inline const WallTime morning = *parse_rfc3339("2026-11-23T06:00:00Z");

inline Uuid number(std::uint8_t n) {
  Uuid id;
  id.bytes[0] = 0xAB;
  id.bytes[15] = n;
  return id;
}

inline const Uuid compute = number(200);

inline Hold a_hold(std::uint8_t n, const std::string& who, Door door = Door::bus) {
  return {.id = number(n),
          .service = compute,
          .owner = who,
          .actor = who,
          .reason = "disk swap",
          .since = morning,
          .recorded = morning,
          .door = door,
          .enforce = all_enforcers()};
}

/// A set of holds in the hands of a test: what is planned is applied at once.
class ASet {
 public:
  Result<PausePlan> pause(const PauseRequest& request) {
    const auto plan = plan_pause(set, request, number(++last), now());
    if (plan) set.apply(plan->delta);
    return plan;
  }
  Result<PausePlan> pause(const std::string& who, const std::string& reason = "disk swap",
                          Door door = Door::bus) {
    return pause(PauseRequest{.service = compute, .caller = {.actor = who, .door = door}, .reason = reason});
  }
  Result<ResumePlan> resume(const ResumeRequest& request) {
    const auto plan = plan_resume(set, request, now());
    if (plan) set.apply(plan->delta);
    return plan;
  }
  Result<ResumePlan> resume(const std::string& who, Door door = Door::bus) {
    return resume(ResumeRequest{.service = compute, .caller = {.actor = who, .door = door}});
  }
  Now now() const { return {.wall = wall, .synchronised = synchronised}; }
  std::vector<Hold> active() const { return set.active(compute); }

  WallTime wall = morning;
  bool synchronised = true;
  HoldSet set{morning - std::chrono::days{1}};
  std::uint8_t last = 0;
};

}  // namespace nova
