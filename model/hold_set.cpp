// SPDX-License-Identifier: Apache-2.0
#include "model/hold_set.hpp"

#include <algorithm>
#include <tuple>

#include "model/hold_chain_walk.hpp"
#include "model/hold_record.hpp"
#include "model/hold_weight.hpp"

namespace nova {
namespace {

constexpr Uuid digest_space{
    {0x8f, 0x1d, 0x5c, 0x0a, 0x3b, 0x52, 0x4e, 0x0d, 0x9a, 0x77, 0x21, 0x6e, 0x54, 0x90, 0xc3, 0x11}};

bool older(const Hold& a, const Hold& b) {
  return std::tie(a.since, a.id) < std::tie(b.since, b.id);
}

}  // namespace

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
    if (precedence(known->second) <= precedence(release)) return;
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
