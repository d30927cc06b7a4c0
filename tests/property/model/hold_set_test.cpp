// SPDX-License-Identifier: Apache-2.0
// The two-phase set: whatever the order, the repetitions and the grouping of its records, it ends the same.
#include "model/hold_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "model/hold_chain.hpp"
#include "tests/support/arbitrary.hpp"

namespace nova {
namespace {

const WallTime born{Millis{300'000'000'000'000}};  // a disk younger than any hold: none can be judged stale
const Now now{.wall = WallTime{Millis{1'800'000'000'000}}, .boot = {}, .synchronised = true};

/// Records that meet: few ids, several releases of one hold, one content per id.
HoldDelta records() {
  std::map<Uuid, Hold> holds;
  for (const Hold& hold : *rc::gen::container<std::vector<Hold>>(arbitrary::hold(arbitrary::few_uuids(6))))
    holds.emplace(hold.id, hold);
  HoldDelta made;
  for (const auto& [id, hold] : holds) made.adds.push_back(hold);
  made.releases = *rc::gen::container<std::vector<Release>>(arbitrary::release(arbitrary::few_uuids(8)));
  return made;
}

/// The same records cut into parts, in any order, some of them twice.
std::vector<HoldDelta> shuffled(const HoldDelta& records, unsigned seed) {
  std::mt19937 chance(seed);
  std::vector<HoldDelta> parts;
  for (int copy = 0; copy < 2; ++copy) {
    for (const Hold& hold : records.adds)
      if (copy == 0 || chance() % 2 == 0) parts.push_back({.adds = {hold}});
    for (const Release& release : records.releases)
      if (copy == 0 || chance() % 2 == 0) parts.push_back({.releases = {release}});
  }
  std::ranges::shuffle(parts, chance);
  return parts;
}

HoldSet taken_in(const std::vector<HoldDelta>& parts) {
  HoldSet set(born);
  for (const HoldDelta& part : parts) set.apply(set.plan_merge(part, now).fresh);
  return set;
}

RC_GTEST_PROP(HoldSet, EndsTheSameInAnyOrder, ()) {
  const auto all = records();
  const auto one = taken_in(shuffled(all, *rc::gen::arbitrary<unsigned>()));
  const auto other = taken_in(shuffled(all, *rc::gen::arbitrary<unsigned>()));
  const auto whole = taken_in({all});
  RC_ASSERT(one.digest() == other.digest());
  RC_ASSERT(one.everything() == other.everything());
  RC_ASSERT(one.everything() == whole.everything());
  RC_ASSERT(one.active() == other.active());
}

/// Chains of a few makers, some links missing, some released.
HoldDelta chains() {
  HoldDelta made;
  for (std::uint8_t maker = 0; maker < 3; ++maker) {
    Hold hold = *arbitrary::hold();
    hold.id.bytes[0] = maker;
    hold.id.bytes[6] = 0x40;
    hold.id.bytes[8] = 0x80;
    for (int link = 0; link < 5; ++link) {
      if (*rc::gen::inRange(0, 3) > 0) made.adds.push_back(hold);
      if (*rc::gen::inRange(0, 3) == 0)
        made.releases.push_back({.hold = hold.id, .actor = "alice", .at = hold.recorded + Millis{link}});
      hold.id = *next_link(hold.id, now.wall);
      hold.reason += "+";
    }
  }
  return made;
}

RC_GTEST_PROP(HoldSet, OnlyTheLastLinkOfAChainCountsInAnyOrder, ()) {
  const auto all = chains();
  const auto one = taken_in(shuffled(all, *rc::gen::arbitrary<unsigned>()));
  const auto other = taken_in(shuffled(all, *rc::gen::arbitrary<unsigned>()));
  RC_ASSERT(one.everything() == other.everything());
  RC_ASSERT(one.digest() == other.digest());
  RC_ASSERT(one.everything() == taken_in({all}).everything());
  HoldSet loaded(born);
  loaded.apply(all);  // a file that was written when earlier links were still in it
  RC_ASSERT(loaded.everything() == one.everything());
  RC_ASSERT(loaded.weight() == one.weight());
  for (const Hold& hold : all.adds) {
    const bool last = std::ranges::none_of(all.adds, [&](const Hold& h) { return supersedes(h, hold); });
    RC_ASSERT((one.find(hold.id) != nullptr) == last);
  }
}

RC_GTEST_PROP(HoldSet, WeighsTheSameHoweverItCameAbout, ()) {
  auto set = taken_in(shuffled(records(), *rc::gen::arbitrary<unsigned>()));
  set.drop(set.prunable(*arbitrary::time()));
  HoldSet again(born);
  again.apply(set.everything());
  RC_ASSERT(again.weight() == set.weight());
  RC_ASSERT(again.digest() == set.digest());
}

RC_GTEST_PROP(HoldSet, KnowsNothingNewInWhatItHas, ()) {
  const auto set = taken_in({records()});
  RC_ASSERT(set.plan_merge(set.everything(), now).fresh.empty());
  RC_ASSERT(set.plan_merge(set.everything(), now).contradicting.empty());
  auto again = set;
  again.apply(set.everything());
  RC_ASSERT(again.digest() == set.digest());
}

RC_GTEST_PROP(HoldSet, TwoSidesThatExchangeEverythingAreEqual, ()) {
  // Each side knows a part; where both know an id, its contents are the same.
  const auto all = records();
  std::mt19937 chance(*rc::gen::arbitrary<unsigned>());
  HoldDelta half_a, half_b;
  for (const Hold& hold : all.adds) {
    if (chance() % 3 != 0) half_a.adds.push_back(hold);
    if (chance() % 3 != 0) half_b.adds.push_back(hold);
  }
  for (const Release& release : all.releases)
    (chance() % 2 == 0 ? half_a : half_b).releases.push_back(release);
  auto a = taken_in({half_a}), b = taken_in({half_b});
  const auto from_a = a.everything(), from_b = b.everything();
  a.apply(a.plan_merge(from_b, now).fresh);
  b.apply(b.plan_merge(from_a, now).fresh);
  RC_ASSERT(a.digest() == b.digest());
  RC_ASSERT(a.active() == b.active());
}

RC_GTEST_PROP(HoldSet, TheEarliestReleaseWins, ()) {
  const auto id = *arbitrary::uuid();
  const auto rivals =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<Release>>(arbitrary::release(rc::gen::just(id))));
  const auto set = taken_in(shuffled({.releases = rivals}, *rc::gen::arbitrary<unsigned>()));
  const auto earliest = std::ranges::min(rivals, {}, &Release::at).at;
  RC_ASSERT(set.release_of(id)->at == earliest);
}

RC_GTEST_PROP(HoldSet, NothingIsReleasedByAbsence, ()) {
  const auto all = records();
  auto set = taken_in({{.adds = all.adds}});
  const auto before = set.active();
  // A peer that knows nothing, or less, takes nothing away.
  set.apply(set.plan_merge({}, now).fresh);
  HoldDelta fewer{
      .adds = {all.adds.begin(), all.adds.begin() + static_cast<std::ptrdiff_t>(all.adds.size() / 2)}};
  set.apply(set.plan_merge(fewer, now).fresh);
  RC_ASSERT(set.active() == before);
}

RC_GTEST_PROP(HoldSet, AHoldIsInForceExactlyUntilItsReleaseIsKnown, ()) {
  const auto set = taken_in({records()});
  std::set<Uuid> in_force;
  for (const auto& [service, holds] : set.active())
    for (const Hold& hold : holds) in_force.insert(hold.id);
  for (const Hold& hold : set.everything().adds)
    RC_ASSERT(in_force.contains(hold.id) == (set.release_of(hold.id) == nullptr));
}

RC_GTEST_PROP(HoldSet, OneIdWithOtherContentsIsRefused, ()) {
  auto set = taken_in({records()});
  auto forged = *arbitrary::hold();
  set.apply({.adds = {forged}});
  const auto before = set.digest();
  forged.reason += "!";
  const auto merge = set.plan_merge({.adds = {forged}}, now);
  RC_ASSERT(merge.contradicting == std::vector{forged.id});
  RC_ASSERT(merge.fresh.empty());
  set.apply({.adds = {forged}});
  RC_ASSERT(set.digest() == before);
}

RC_GTEST_PROP(HoldSet, WhatIsDroppedWereOldPairsOnly, ()) {
  auto set = taken_in({records()});
  const auto before = set;
  const auto cutoff = *arbitrary::time();
  set.drop(set.prunable(cutoff));
  RC_ASSERT(set.active() == before.active());
  for (const Release& release : before.everything().releases)
    if (release.at >= cutoff) RC_ASSERT(set.release_of(release.hold) != nullptr);
  RC_ASSERT(set.prunable(cutoff).empty());
}

RC_GTEST_PROP(HoldSet, AnOldHoldThatIsUnknownIsShownAndNotApplied, ()) {
  auto hold = *arbitrary::hold();
  const HoldSet set(hold.recorded - Millis{1});
  const auto late = hold.recorded + HoldSet::retention + Millis{1};
  const auto at = [](WallTime wall) { return Now{.wall = wall, .boot = {}, .synchronised = true}; };
  const auto merge = set.plan_merge({.adds = {hold}}, at(late));
  RC_ASSERT(merge.fresh.empty());
  RC_ASSERT(merge.stale == std::vector{hold});
  RC_ASSERT(set.plan_merge({.adds = {hold}}, at(late - Millis{1})).stale.empty());
  // With its release it is history, and both sides keep the pair.
  const Release release{.hold = hold.id, .actor = "alice", .at = late};
  RC_ASSERT(set.plan_merge({.adds = {hold}, .releases = {release}}, at(late)).fresh.adds ==
            std::vector{hold});
  // A clock that may run ahead judges nothing.
  RC_ASSERT(
      set.plan_merge({.adds = {hold}}, {.wall = late, .boot = {}, .synchronised = false}).stale.empty());
  // A disk that is younger than the hold cannot judge.
  RC_ASSERT(HoldSet(hold.recorded).plan_merge({.adds = {hold}}, at(late)).stale.empty());
}

}  // namespace
}  // namespace nova
