// SPDX-License-Identifier: Apache-2.0
#include "model/hold_set.hpp"

#include <algorithm>
#include <tuple>

namespace nova {
namespace {

constexpr Uuid digest_space{
    {0x8f, 0x1d, 0x5c, 0x0a, 0x3b, 0x52, 0x4e, 0x0d, 0x9a, 0x77, 0x21, 0x6e, 0x54, 0x90, 0xc3, 0x11}};

auto order(const Release& r) {
  return std::tie(r.at, r.actor, r.message, r.door);
}

/// Text for the digest; the lengths keep neighbours from running into each other.
void put(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}
void put(std::string& out, WallTime time) {
  put(out, std::to_string(time.time_since_epoch().count()));
}

void put(std::string& out, const Hold& hold) {
  put(out, to_string(hold.id));
  put(out, to_string(hold.service));
  put(out, hold.owner);
  put(out, hold.actor);
  put(out, hold.reason);
  put(out, hold.since);
  put(out, hold.recorded);
  put(out, hold.until ? std::to_string(hold.until->time_since_epoch().count()) : "-");
  put(out, to_string(hold.door));
  for (Enforcer enforcer : hold.enforce) put(out, to_string(enforcer));
}

void put(std::string& out, const Release& release) {
  put(out, to_string(release.hold));
  put(out, release.actor);
  put(out, release.at);
  put(out, to_string(release.door));
  put(out, release.message);
}

bool older(const Hold& a, const Hold& b) {
  return std::tie(a.since, a.id) < std::tie(b.since, b.id);
}

}  // namespace

HoldSet::Merge HoldSet::plan_merge(const HoldDelta& incoming, WallTime now) const {
  Merge merge;
  std::map<Uuid, const Hold*> adds;  // of this delta, to see an id twice
  std::set<Uuid> ended;
  for (const Release& release : incoming.releases) ended.insert(release.hold);
  for (const Hold& hold : incoming.adds) {
    const Hold* known = find(hold.id);
    if (!known && adds.contains(hold.id)) known = adds[hold.id];
    if (known) {
      if (*known != hold) merge.contradicting.push_back(hold.id);
      continue;
    }
    // One that comes with its release cannot hold anything, and both sides have to end with the same pair.
    const bool over = release_of(hold.id) || ended.contains(hold.id);
    if (hold.recorded < now - retention && born_ < hold.recorded && !over) {
      merge.stale.push_back(hold);
      continue;
    }
    adds[hold.id] = &hold;
    merge.fresh.adds.push_back(hold);
  }
  std::map<Uuid, Release> releases;
  for (const Release& release : incoming.releases) {
    const Release* known = release_of(release.hold);
    if (const auto seen = releases.find(release.hold); seen != releases.end()) known = &seen->second;
    if (!known || order(release) < order(*known)) releases[release.hold] = release;
  }
  for (auto& [id, release] : releases) merge.fresh.releases.push_back(std::move(release));
  return merge;
}

void HoldSet::apply(const HoldDelta& durable) {
  for (const Hold& hold : durable.adds) holds_.try_emplace(hold.id, hold);
  for (const Release& release : durable.releases) {
    const auto [known, added] = releases_.try_emplace(release.hold, release);
    if (!added && order(release) < order(known->second)) known->second = release;
    lapsed_.erase(release.hold);
  }
  if (!durable.empty()) digest_.clear();
}

bool HoldSet::in_force(const Hold& hold) const {
  return !releases_.contains(hold.id) && !lapsed_.contains(hold.id);
}

std::vector<Hold> HoldSet::active(const Uuid& service) const {
  std::vector<Hold> found;
  for (const auto& [id, hold] : holds_)
    if (hold.service == service && in_force(hold)) found.push_back(hold);
  std::ranges::sort(found, older);
  return found;
}

std::map<Uuid, std::vector<Hold>> HoldSet::active() const {
  std::map<Uuid, std::vector<Hold>> found;
  for (const auto& [id, hold] : holds_)
    if (in_force(hold)) found[hold.service].push_back(hold);
  for (auto& [service, list] : found) std::ranges::sort(list, older);
  return found;
}

const Hold* HoldSet::find(const Uuid& id) const {
  const auto found = holds_.find(id);
  return found == holds_.end() ? nullptr : &found->second;
}

const Release* HoldSet::release_of(const Uuid& id) const {
  const auto found = releases_.find(id);
  return found == releases_.end() ? nullptr : &found->second;
}

std::vector<Hold> HoldSet::due(const Now& now) const {
  std::vector<Hold> found;
  if (!now.synchronised) return found;
  for (const auto& [id, hold] : holds_)
    if (hold.until && *hold.until <= now.wall && !releases_.contains(id)) found.push_back(hold);
  return found;
}

std::optional<WallTime> HoldSet::next_until() const {
  std::optional<WallTime> next;
  for (const auto& [id, hold] : holds_)
    if (hold.until && in_force(hold) && (!next || *hold.until < *next)) next = hold.until;
  return next;
}

void HoldSet::lapse(const std::vector<Uuid>& ids) {
  for (const Uuid& id : ids)
    if (holds_.contains(id) && !releases_.contains(id)) lapsed_.insert(id);
}

HoldDelta HoldSet::everything() const {
  HoldDelta all;
  for (const auto& [id, hold] : holds_) all.adds.push_back(hold);
  for (const auto& [id, release] : releases_) all.releases.push_back(release);
  return all;
}

const std::string& HoldSet::digest() const {
  if (digest_.empty()) {
    std::string text;
    for (const auto& [id, hold] : holds_) put(text, hold);
    text += '|';
    for (const auto& [id, release] : releases_) put(text, release);
    digest_ = to_string(name_uuid(digest_space, text));
  }
  return digest_;
}

HoldDelta HoldSet::prunable(WallTime cutoff) const {
  HoldDelta pairs;
  for (const auto& [id, release] : releases_) {
    if (release.at >= cutoff) continue;
    const Hold* hold = find(id);
    if (hold && hold->recorded >= cutoff) continue;
    if (hold) pairs.adds.push_back(*hold);
    pairs.releases.push_back(release);
  }
  return pairs;
}

void HoldSet::drop(const HoldDelta& pairs) {
  for (const Release& release : pairs.releases) {
    releases_.erase(release.hold);
    holds_.erase(release.hold);
    lapsed_.erase(release.hold);
  }
  digest_.clear();
}

}  // namespace nova
