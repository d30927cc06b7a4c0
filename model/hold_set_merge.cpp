// SPDX-License-Identifier: Apache-2.0
// What of an incoming delta is new, and what it contradicts: decided from both, with nothing changed.
#include <map>
#include <set>

#include "model/hold_chain_walk.hpp"
#include "model/hold_record.hpp"
#include "model/hold_set.hpp"

namespace nova {

HoldSet::Merge HoldSet::plan_merge(const HoldDelta& incoming, const Now& now) const {
  Merge merge;
  std::map<Uuid, const Hold*> all;  // of this delta
  for (const Hold& hold : incoming.adds) all.try_emplace(hold.id, &hold);
  std::map<Uuid, const Hold*> adds;  // of which are taken, to see an id twice
  std::set<Uuid> ended;
  for (const Release& release : incoming.releases) ended.insert(release.hold);
  for (const Hold& hold : incoming.adds) {
    const Hold* known = find(hold.id);
    if (!known && adds.contains(hold.id)) known = adds[hold.id];
    if (known ? *known != hold : is_foreign(holds_, hold) || is_foreign(adds, hold)) {
      merge.contradicting.push_back(hold.id);
      continue;
    }
    if (known || successor(hold.id) || newest_behind(all, hold.id)) continue;
    // One that comes with its release cannot hold anything, and both sides have to end with the same pair.
    const bool over = release_of(hold.id) || ended.contains(hold.id);
    const bool old = now.synchronised && hold.recorded < now.wall - retention && born_ < hold.recorded;
    if (old && !over) {
      merge.stale.push_back(hold);
      continue;
    }
    adds[hold.id] = &hold;
    merge.fresh.adds.push_back(hold);
  }
  std::map<Uuid, Release> releases;
  for (const Release& release : incoming.releases) {
    const bool there = find(release.hold) || adds.contains(release.hold);
    if (!there && (successor(release.hold) || newest_behind(adds, release.hold))) continue;
    const Release* known = release_of(release.hold);
    if (const auto seen = releases.find(release.hold); seen != releases.end()) known = &seen->second;
    if (!known || precedence(release) < precedence(*known)) releases[release.hold] = release;
  }
  for (auto& [id, release] : releases) merge.fresh.releases.push_back(std::move(release));
  return merge;
}

}  // namespace nova
