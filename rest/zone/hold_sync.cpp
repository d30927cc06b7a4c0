// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/hold_sync.hpp"

#include <algorithm>

namespace nova::zone {
namespace {

/// Pairs that ended before this are old; while the clock may be wrong, nothing is.
WallTime oldest(const Now& now) {
  return now.synchronised ? now.wall - HoldSet::retention : WallTime::min();
}

/// Old pairs of which nothing is known here: they were dropped, and come from a restored host.
HoldDelta without_dropped(const HoldDelta& incoming, const HoldSet& known, const HoldSet& theirs,
                          WallTime cutoff) {
  const auto old_release = [&](const Uuid& hold) {
    const Release* release = theirs.release_of(hold);
    return release && release->at < cutoff;
  };
  HoldDelta rest;
  for (const Hold& hold : incoming.adds)
    if (known.find(hold.id) || hold.recorded >= cutoff || !old_release(hold.id)) rest.adds.push_back(hold);
  for (const Release& release : incoming.releases) {
    const Hold* hold = theirs.find(release.hold);
    const bool dropped =
        !known.find(release.hold) && release.at < cutoff && (!hold || hold->recorded < cutoff);
    if (!dropped) rest.releases.push_back(release);
  }
  return rest;
}

/// Those of `pairs` of which the other side has nothing.
HoldDelta missing_there(const HoldDelta& pairs, const HoldSet& theirs) {
  const auto there = [&](const Uuid& id) { return theirs.find(id) || theirs.release_of(id); };
  HoldDelta missing;
  for (const Hold& hold : pairs.adds)
    if (!there(hold.id)) missing.adds.push_back(hold);
  for (const Release& release : pairs.releases)
    if (!there(release.hold)) missing.releases.push_back(release);
  return missing;
}

}  // namespace

/// Finds out what the host has: the digest says which of our guesses is right. Copies are made only where
/// something has changed.
void HoldSync::recognise(const protocol::HoldExchange& report, Plan& plan) const {
  if (report.complete) {
    plan.theirs.emplace(theirs_.born()).apply(report.delta);
    plan.verified = true;
    return;
  }
  if (report.delta.empty() && theirs_.digest() == report.digest) {
    plan.verified = true;
    return;
  }
  const auto guess = [&](const HoldSet& before, const HoldDelta& more) {
    plan.theirs = before;
    plan.theirs->apply(more);
    plan.theirs->apply(report.delta);
    return plan.theirs->digest() == report.digest;
  };
  plan.verified = guess(holds_, {}) || guess(theirs_, told_) || guess(theirs_, {});
}

HoldSync::Plan HoldSync::plan(const protocol::HoldExchange& report, const HoldDelta& believed,
                              const Now& now) const {
  const WallTime cutoff = oldest(now);
  Plan plan;
  plan.complete = report.complete;
  recognise(report, plan);
  const HoldSet& theirs = plan.theirs ? *plan.theirs : theirs_;
  if (!believed.empty()) {
    auto merge = holds_.plan_merge(without_dropped(believed, holds_, theirs, cutoff), now);
    plan.fresh = std::move(merge.fresh);
    plan.superseded = holds_.superseded_by(plan.fresh);
    plan.contradicting = std::move(merge.contradicting);
    plan.stale = std::move(merge.stale);
  }
  if (plan.verified && report.digest != holds_.digest())
    plan.ended = missing_there(holds_.prunable(cutoff), theirs);
  return plan;
}

void HoldSync::apply(Plan plan) {
  if (plan.theirs) theirs_ = std::move(*plan.theirs);
  verified_ = plan.verified;
  if (!plan.fresh.empty()) holds_.apply(plan.fresh);
  if (!plan.ended.empty()) holds_.drop(plan.ended);
  if (plan.complete) {
    stale_.clear();
    refused_.clear();
  }
  refused_.insert(plan.contradicting.begin(), plan.contradicting.end());
  for (Hold& hold : plan.stale)
    if (std::ranges::find(stale_, hold) == stale_.end()) stale_.push_back(std::move(hold));
  std::erase_if(stale_, [&](const Hold& hold) { return theirs_.release_of(hold.id); });
}

void HoldSync::add(const HoldDelta& durable) {
  holds_.apply(durable);
}

HoldDelta HoldSync::lacking(WallTime cutoff) const {
  const HoldDelta old = holds_.prunable(cutoff);
  // However long the host was away: of what it has a part, it has to hear the rest.
  const auto forgotten = [&](const Uuid& id) {
    const bool there = verified_ && (theirs_.find(id) || theirs_.release_of(id));
    return !there && std::ranges::find(old.releases, id, &Release::hold) != old.releases.end();
  };
  HoldDelta delta = holds_.everything();
  std::erase_if(delta.adds,
                [&](const Hold& h) { return forgotten(h.id) || (verified_ && theirs_.find(h.id)); });
  std::erase_if(delta.releases, [&](const Release& r) {
    const Release* known = verified_ ? theirs_.release_of(r.hold) : nullptr;
    return forgotten(r.hold) || (known && *known == r);
  });
  return delta;
}

HoldSync::Answer HoldSync::answer(const Now& now, bool prune) {
  Answer answer;
  answer.holds.digest = holds_.digest();
  const WallTime cutoff = oldest(now);
  const bool equal = verified_ && theirs_.digest() == holds_.digest();
  if (!equal) {
    answer.holds.delta = lacking(cutoff);
    answer.holds.complete = answer.send_all = !verified_;
    if (verified_ && answer.holds.delta.empty()) answer.holds.digest = theirs_.digest();
  }
  told_ = answer.holds.delta;
  if (verified_ && (prune || !equal) && !theirs_.prunable(cutoff).empty()) answer.prune_before = cutoff;
  return answer;
}

bool HoldSync::host_has(const std::vector<Uuid>& holds) const {
  return verified_ && std::ranges::all_of(holds, [&](const Uuid& id) {
           const Release* ours = holds_.release_of(id);
           if (ours) return theirs_.release_of(id) != nullptr;
           if (const Hold* later = holds_.find(id) ? nullptr : holds_.successor(id))
             return theirs_.find(later->id) || theirs_.successor(later->id);
           return !holds_.find(id) || theirs_.find(id) != nullptr;
         });
}

}  // namespace nova::zone
