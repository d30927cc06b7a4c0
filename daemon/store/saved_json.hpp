// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "daemon/host/hold_store.hpp"

/// The texts of the files in the state directory. Strict in reading: what is unknown, missing or of another
/// type is an error, because a state that is half understood would be written back halved.
namespace nova::store {

inline constexpr std::size_t max_file =
    64 * 1024 * 1024;  ///< bytes; the set's own bound is HoldSet::max_weight

/// A record with its JSON.
template <typename Record>
struct KnownText {
  Record record;
  std::string text;
};
template <typename Record>
using KnownTexts = std::map<Uuid, KnownText<Record>>;

/// Writes holds.json again and again: a record that was there the last time is not encoded again, so that a
/// PAUSE costs the same on a host with a long history as on a new one, but for the bytes.
class StateText {
 public:
  std::string of(const host::Saved& state);

 private:
  KnownTexts<Hold> holds_;
  KnownTexts<Release> releases_;
  KnownTexts<Action> actions_;
};

/// holds.json
Result<host::Saved> saved_from_text(const std::string& text);

/// history.json
std::string to_text(const HoldDelta& pairs);
Result<HoldDelta> history_from_text(const std::string& text);

}  // namespace nova::store
