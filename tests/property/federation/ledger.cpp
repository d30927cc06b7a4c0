// SPDX-License-Identifier: Apache-2.0
#include "tests/property/federation/ledger.hpp"

#include <algorithm>

#include "model/hold_chain.hpp"

namespace nova::federation::property {
namespace {

std::set<Uuid> holds_in(const HoldDelta& disk) {
  std::set<Uuid> ids;
  for (const Hold& hold : disk.adds) ids.insert(hold.id);
  return ids;
}

std::set<Uuid> releases_in(const HoldDelta& disk) {
  std::set<Uuid> ids;
  for (const Release& release : disk.releases) ids.insert(release.hold);
  return ids;
}

}  // namespace

void Ledger::tried(const HoldDelta& records) {
  for (const Hold& hold : records.adds) {
    holds_.emplace(hold.id, hold);
    turns_.emplace(hold.id, turns_.size());
  }
  for (const Release& release : records.releases) releases_[release.hold].push_back(release);
}

void Ledger::acknowledged(const HoldDelta& records) {
  tried(records);
  for (const Hold& hold : records.adds) must_hold_.insert(hold.id);
  for (const Release& release : records.releases) must_release_.insert(release.hold);
}

void Ledger::restored(const std::vector<HoldDelta>& disks) {
  std::set<Uuid> holds, releases;
  for (const HoldDelta& disk : disks) {
    holds.merge(holds_in(disk));
    releases.merge(releases_in(disk));
  }
  const auto ended = [&](const Uuid& id) {
    return std::ranges::any_of(disks, [&](const HoldDelta& disk) { return ended_by(id, disk); });
  };
  std::erase_if(must_hold_, [&](const Uuid& id) { return !holds.contains(id) && !ended(id); });
  std::erase_if(must_release_, [&](const Uuid& id) { return !releases.contains(id) && !ended(id); });
}

/// Whether one of the records is a hold that the same maker really made after this one, and that ends it.
bool Ledger::ended_by(const Uuid& id, const HoldDelta& records) const {
  const auto made = holds_.find(id);
  return made != holds_.end() && std::ranges::any_of(records.adds, [&](const Hold& later) {
           const auto turn = turns_.find(later.id);
           return supersedes(later, made->second) && turn != turns_.end() && turn->second > turns_.at(id);
         });
}

std::string Ledger::verdict(const HoldSet& host, const HoldSet& zone, const HoldDelta& host_history,
                            const HoldDelta& zone_history) const {
  if (host.digest() != zone.digest()) return "the two sides differ";
  if (host.active() != zone.active()) return "the two sides see different holds in force";
  const auto a = releases_in(host_history), b = releases_in(zone_history);
  const HoldDelta now = zone.everything();
  const auto is_history = [&](const Uuid& id) {
    const bool ended = ended_by(id, now) || ended_by(id, host_history) || ended_by(id, zone_history);
    return ended || a.contains(id) || b.contains(id);
  };
  for (const Uuid& id : must_hold_)
    if (!zone.find(id) && !is_history(id)) return "an acknowledged hold is lost: " + to_string(id);
  for (const Uuid& id : must_release_) {
    if (zone.find(id) && !zone.release_of(id)) return "a hold that was released is back: " + to_string(id);
    if (!zone.release_of(id) && !is_history(id))
      return "an acknowledged release is lost: of " + to_string(id);
  }
  for (const HoldDelta& records : {now, host_history, zone_history})
    if (const auto wrong = invented(records); !wrong.empty()) return wrong;
  return "";
}

/// Whether every record was really made by somebody, as it is.
std::string Ledger::invented(const HoldDelta& all) const {
  for (const Hold& hold : all.adds)
    if (const auto made = holds_.find(hold.id); made == holds_.end() || made->second != hold)
      return "a hold was invented or altered: " + to_string(hold.id);
  for (const Release& release : all.releases) {
    const auto made = releases_.find(release.hold);
    if (made == releases_.end() || std::ranges::find(made->second, release) == made->second.end())
      return "a release was invented or altered: of " + to_string(release.hold);
  }
  return "";
}

}  // namespace nova::federation::property
