// SPDX-License-Identifier: Apache-2.0
#include "model/hold_set.hpp"

#include <algorithm>
#include <tuple>

#include "model/hold_chain.hpp"
#include "model/hold_weight.hpp"

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

template <typename Record>
std::string text_of(const Record& record) {
  std::string text;
  put(text, record);
  return text;
}

const Hold& hold_in(const Hold& hold) {
  return hold;
}
const Hold& hold_in(const Hold* hold) {
  return *hold;
}

/// Calls `see` with each entry of the id's chain.
template <typename Map, typename See>
void for_chain(Map& map, const Uuid& id, See see) {
  constexpr std::size_t alike = 6;  // bytes before the version, in which the ids of a chain differ
  Uuid first = id;
  std::fill(first.bytes.begin() + alike, first.bytes.end(), std::uint8_t{0});
  for (auto at = map.lower_bound(first);
       at != map.end() &&
       std::equal(first.bytes.begin(), first.bytes.begin() + alike, at->first.bytes.begin());) {
    const auto entry = at++;  // `see` may erase it
    if (same_chain(entry->first, id)) see(*entry);
  }
}

template <typename Map>
const Hold* newest_behind(const Map& holds, const Uuid& id) {
  const Hold* newest = nullptr;
  for_chain(holds, id, [&](const auto& entry) {
    const Hold& hold = hold_in(entry.second);
    if (link_of(hold.id) > link_of(newest ? newest->id : id)) newest = &hold;
  });
  return newest;
}

/// Whether the chain of a hold belongs to somebody else: one of the two is false.
template <typename Map>
bool is_foreign(const Map& holds, const Hold& hold) {
  bool foreign = false;
  for_chain(holds, hold.id, [&](const auto& entry) {
    const Hold& other = hold_in(entry.second);
    foreign = foreign || (link_of(other.id) != link_of(hold.id) && !same_maker(other, hold));
  });
  return foreign;
}

bool older(const Hold& a, const Hold& b) {
  return std::tie(a.since, a.id) < std::tie(b.since, b.id);
}

}  // namespace

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
    if (!known || order(release) < order(*known)) releases[release.hold] = release;
  }
  for (auto& [id, release] : releases) merge.fresh.releases.push_back(std::move(release));
  return merge;
}

void HoldSet::count(const std::string& record, bool added) {
  const Uuid name = name_uuid(digest_space, record);
  for (std::size_t i = 0; i < name.bytes.size(); i += 8) {
    std::uint64_t part = 0;
    for (std::size_t j = 0; j < 8; ++j) part = part << 8 | name.bytes[i + j];
    sum_[i / 8] += added ? part : -part;
  }
  digest_.clear();
}

void HoldSet::put(const Hold& hold) {
  if (!holds_.try_emplace(hold.id, hold).second) return;
  count("hold" + text_of(hold), true);
  weight_ += weight_of(hold) + (releases_.contains(hold.id) ? 0 : heaviest_release());
}

void HoldSet::put(const Release& release) {
  const auto [known, added] = releases_.try_emplace(release.hold, release);
  if (!added) {
    if (order(known->second) <= order(release)) return;
    count("release" + text_of(known->second), false);
    weight_ -= weight_of(known->second);
    known->second = release;
  } else if (holds_.contains(release.hold)) {
    weight_ -= heaviest_release();
  }
  count("release" + text_of(release), true);
  weight_ += weight_of(release);
  lapsed_.erase(release.hold);
}

void HoldSet::erase(const Uuid& id) {
  const auto hold = holds_.find(id);
  const auto release = releases_.find(id);
  if (hold != holds_.end()) {
    count("hold" + text_of(hold->second), false);
    weight_ -= weight_of(hold->second) + (release == releases_.end() ? heaviest_release() : 0);
    holds_.erase(hold);
  }
  if (release != releases_.end()) {
    count("release" + text_of(release->second), false);
    weight_ -= weight_of(release->second);
    releases_.erase(release);
  }
  lapsed_.erase(id);
  made_here_.erase(id);
}

/// Takes out what a link ends; releases as well whose hold never came.
void HoldSet::erase_before(const Hold& link) {
  std::vector<Uuid> over;
  for_chain(holds_, link.id, [&](const auto& entry) {
    if (supersedes(link, entry.second)) over.push_back(entry.first);
  });
  for_chain(releases_, link.id, [&](const auto& entry) {
    if (!holds_.contains(entry.first) && link_of(entry.first) < link_of(link.id)) over.push_back(entry.first);
  });
  for (const Uuid& id : over) erase(id);
}

bool HoldSet::is_over(const Hold& hold) const {
  bool over = false;
  for_chain(holds_, hold.id, [&](const auto& entry) { over = over || supersedes(entry.second, hold); });
  return over;
}

void HoldSet::apply(const HoldDelta& durable) {
  for (const Hold& hold : durable.adds) {
    if (is_over(hold)) continue;
    erase_before(hold);
    put(hold);
  }
  for (const Release& release : durable.releases)
    if (find(release.hold) || !successor(release.hold)) put(release);
}

HoldDelta HoldSet::superseded_by(const HoldDelta& fresh) const {
  HoldDelta over;
  for (const Hold& hold : fresh.adds)
    for_chain(holds_, hold.id, [&](const auto& entry) {
      if (!supersedes(hold, entry.second)) return;
      over.adds.push_back(entry.second);
      if (const Release* release = release_of(entry.first)) over.releases.push_back(*release);
    });
  return over;
}

void HoldSet::made_here(const Uuid& hold) {
  if (holds_.contains(hold)) made_here_.insert(hold);
}

const Hold* HoldSet::newest_made_here(const Hold& like) const {
  const Hold* newest = nullptr;
  for (const Uuid& id : made_here_) {
    const Hold& hold = holds_.at(id);
    if (same_maker(hold, like) && (!newest || newest->recorded < hold.recorded)) newest = &hold;
  }
  return newest;
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

std::vector<std::pair<const Hold*, const Release*>> HoldSet::ended(const Uuid& service) const {
  std::vector<std::pair<const Hold*, const Release*>> pairs;
  for (const auto& [id, hold] : holds_)
    if (hold.service == service)
      if (const Release* release = release_of(id)) pairs.emplace_back(&hold, release);
  return pairs;
}

const Hold* HoldSet::successor(const Uuid& id) const {
  return newest_behind(holds_, id);
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
    Uuid sum;
    for (std::size_t i = 0; i < sum.bytes.size(); ++i)
      sum.bytes[i] = static_cast<std::uint8_t>(sum_[i / 8] >> (56 - 8 * (i % 8)));
    digest_ = to_string(sum);
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
  for (const Hold& hold : pairs.adds) erase(hold.id);
  for (const Release& release : pairs.releases) erase(release.hold);
}

}  // namespace nova
