// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/hold.hpp"

/// How a tool that renews its pause every few minutes does not fill the sets of holds.
///
/// PAUSE again by the same owner makes another hold, so the records of one busy maker would pile up for the
/// whole retention, each kept only as evidence that it is over. But the maker's latest hold is that evidence:
/// whoever makes a hold on a service has none of his own before it any more. So the holds that one maker
/// makes on one service are links of a *chain*, told by their ids, and a link ends all earlier ones without
/// any release: only the newest link, and its release, stay in the set. An old database that brings an
/// earlier link back, in force, meets the newest one and loses; a newer one learns the newest link and drops
/// its own. Order and repetition do not matter: it is a maximum.
///
/// That is sound only if the maker of a link knows the link before it. A daemon whose database was restored
/// does not know what it had forgotten, so a chain never goes on beyond one start of its daemon: the first
/// hold after a start has a random id and ends its predecessor with an ordinary release, kept for the
/// retention. Chains do not cross the doors either: each has one daemon that writes it.
///
/// In an id (RFC 9562): the first link's is random (version 4). The others have its first ten bytes, version
/// 8, and in the last six the link: milliseconds since 1970, always more than the link before.
namespace nova {

/// Host accounts (bus, unit) and the zone's (rest) are different realms: one name in both is two people.
bool same_realm(Door a, Door b);
/// The same owner, actor and realm on the same service.
bool same_maker(const Hold& a, const Hold& b);

/// Whether two ids are of one chain.
bool same_chain(const Uuid& a, const Uuid& b);
/// The place of an id in its chain; 0 is the first link.
std::uint64_t link_of(const Uuid& id);
/// The id of the link after `head`; nothing where the chain is at its end (a link of a far future).
std::optional<Uuid> next_link(const Uuid& head, WallTime now);

/// Whether `later` ends `earlier`: a later link by the same maker.
bool supersedes(const Hold& later, const Hold& earlier);

}  // namespace nova
