// SPDX-License-Identifier: Apache-2.0
#include "model/hold_chain.hpp"

#include <algorithm>

namespace nova {
namespace {

constexpr std::size_t shared = 10;  // bytes that the ids of a chain have in common
constexpr std::size_t version_at = 6;
constexpr std::size_t variant_at = 8;
constexpr std::uint64_t last_link = (std::uint64_t{1} << 48) - 1;

bool is_link(const Uuid& id) {
  return id.bytes[version_at] >> 4 == 8 && id.bytes[variant_at] >> 6 == 2;
}

/// Without its version, which tells the first link from the others.
Uuid chain_of(Uuid id) {
  id.bytes[version_at] &= 0x0f;
  std::fill(id.bytes.begin() + shared, id.bytes.end(), std::uint8_t{0});
  return id;
}

}  // namespace

bool same_realm(Door a, Door b) {
  return (a == Door::rest) == (b == Door::rest);
}

bool same_maker(const Hold& a, const Hold& b) {
  return a.service == b.service && a.owner == b.owner && a.actor == b.actor && same_realm(a.door, b.door);
}

bool same_chain(const Uuid& a, const Uuid& b) {
  return chain_of(a) == chain_of(b);
}

std::uint64_t link_of(const Uuid& id) {
  std::uint64_t link = 0;
  if (!is_link(id)) return link;
  for (std::size_t i = shared; i < id.bytes.size(); ++i) link = link << 8 | id.bytes[i];
  return link;
}

std::optional<Uuid> next_link(const Uuid& head, WallTime now) {
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 1));
  std::uint64_t link = std::max(time, link_of(head) + 1);
  if (link > last_link || head.bytes[variant_at] >> 6 != 2) return std::nullopt;
  Uuid id = head;
  id.bytes[version_at] = static_cast<std::uint8_t>((id.bytes[version_at] & 0x0f) | 0x80);
  for (std::size_t i = id.bytes.size(); i-- > shared; link >>= 8)
    id.bytes[i] = static_cast<std::uint8_t>(link);
  return id;
}

bool supersedes(const Hold& later, const Hold& earlier) {
  return same_chain(later.id, earlier.id) && link_of(later.id) > link_of(earlier.id) &&
         same_maker(later, earlier);
}

}  // namespace nova
