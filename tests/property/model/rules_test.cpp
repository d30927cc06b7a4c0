// SPDX-License-Identifier: Apache-2.0
// PAUSE, RESUME and expiry on any set.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "model/hold_rules.hpp"
#include "tests/support/arbitrary.hpp"

namespace nova {
namespace {

HoldSet any_set() {
  HoldSet set(WallTime{} - std::chrono::hours{1});
  std::map<Uuid, Hold> holds;
  for (const Hold& hold : *rc::gen::container<std::vector<Hold>>(arbitrary::hold(arbitrary::few_uuids(8))))
    holds.emplace(hold.id, hold);
  for (const auto& [id, hold] : holds) set.apply({.adds = {hold}});
  set.apply(
      {.releases = *rc::gen::container<std::vector<Release>>(arbitrary::release(arbitrary::few_uuids(8)))});
  return set;
}

Now any_time() {
  return {.wall = *arbitrary::time(), .synchronised = true};
}

Caller anybody() {
  return {
      .actor = *arbitrary::label(), .door = *arbitrary::door(), .may_override = *rc::gen::arbitrary<bool>()};
}

RC_GTEST_PROP(Rules, APauseIsInForceAndRepeatingItChangesNothing, ()) {
  auto set = any_set();
  const auto now = any_time();
  const PauseRequest request{
      .service = *arbitrary::few_uuids(3),
      .caller = anybody(),
      .owner = *rc::gen::element<std::string>("", "alice", "unit"),
      .reason = *arbitrary::text(1, 20),
      .until = *arbitrary::maybe(
          rc::gen::map(rc::gen::inRange(1, 1'000'000), [&](int ms) { return now.wall + Millis{ms}; }))};
  const auto plan = plan_pause(set, request, *arbitrary::uuid(), now);
  const std::string& owner = request.owner.empty() ? request.caller.actor : request.owner;
  if (owner == unit_owner && request.caller.door != Door::unit) {
    RC_ASSERT(plan.error().code == Errc::invalid_argument);
    return;
  }
  if (!plan) {
    RC_ASSERT(plan.error().code == Errc::held_by_others);
    RC_ASSERT(!request.caller.may_override);
    return;
  }
  set.apply(plan->delta);
  const auto active = set.active(request.service);
  RC_ASSERT(std::ranges::count(active, plan->hold) == 1);
  RC_ASSERT(check_hold(plan->hold).has_value());
  const auto again = plan_pause(set, request, *arbitrary::uuid(), now);
  RC_ASSERT(again.has_value());
  RC_ASSERT(!again->changed);
  RC_ASSERT(again->delta.empty());
}

RC_GTEST_PROP(Rules, AResumeReleasesWhatItSaysAndNothingElse, ()) {
  auto set = any_set();
  const auto now = any_time();
  const ResumeRequest request{.service = *arbitrary::few_uuids(3),
                              .caller = anybody(),
                              .owner = *rc::gen::element<std::string>("", "alice", "unit"),
                              .all = *rc::gen::arbitrary<bool>()};
  const auto before = set.active();
  const auto plan = plan_resume(set, request, now);
  if (!plan) {
    RC_ASSERT(plan.error().code == Errc::held_by_others);
    return;
  }
  for (const Hold& hold : plan->released)
    if (!request.caller.may_override) RC_ASSERT(hold.actor == request.caller.actor);
  set.apply(plan->delta);
  RC_ASSERT(set.active(request.service) == plan->remaining);
  for (const auto& [service, holds] : before)
    if (service != request.service) RC_ASSERT(set.active(service) == holds);
  for (const Release& release : plan->delta.releases) {
    RC_ASSERT(check_release(release).has_value());
    RC_ASSERT(release.at >= set.find(release.hold)->recorded);
  }
}

RC_GTEST_PROP(Rules, ExpiryEndsExactlyWhatIsDueAndIsTheSameOnBothSides, ()) {
  auto here = any_set();
  auto there = here;
  const auto now = any_time();
  const auto active = here.active();
  here.apply(plan_expiry(here, now));
  there.apply(plan_expiry(there, {.wall = now.wall + std::chrono::hours{1}, .synchronised = true}));
  for (const auto& [service, holds] : active)
    for (const Hold& hold : holds) {
      const bool due = hold.until && *hold.until <= now.wall;
      RC_ASSERT((here.release_of(hold.id) != nullptr) == due);
      if (due) RC_ASSERT(*here.release_of(hold.id) == *there.release_of(hold.id));
    }
}

}  // namespace
}  // namespace nova
