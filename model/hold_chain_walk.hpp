// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "model/hold_chain.hpp"

/// Chains in what is ordered by id. For the set of holds only.
namespace nova {

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

inline const Hold& hold_in(const Hold& hold) {
  return hold;
}
inline const Hold& hold_in(const Hold* hold) {
  return *hold;
}

/// The newest link that `holds` has behind an id in its chain.
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

}  // namespace nova
