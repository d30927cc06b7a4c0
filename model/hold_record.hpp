// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "model/hold.hpp"

/// The records of a set of holds as texts and in order: the same on host and zone.
namespace nova {

/// Everything a record says. Two records are equal exactly when their texts are.
std::string text_of(const Hold& hold);
std::string text_of(const Release& release);

/// Of two releases of one hold the one that is smaller by this stays: the earlier, then by its words.
inline auto precedence(const Release& r) {
  return std::tie(r.at, r.actor, r.message, r.door);
}

}  // namespace nova
