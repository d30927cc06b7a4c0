// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace nova {

/// One entry of a host's journal, as it is told to people.
struct JournalEntry {
  WallTime time;              ///< when the journal received it
  std::uint8_t priority = 3;  ///< of syslog(3): 0 emergency … 3 error
  std::string identifier;     ///< SYSLOG_IDENTIFIER, or the command's name; "" where neither is known
  std::string message;        ///< presentable(), at most excerpt_characters

  bool operator==(const JournalEntry&) const = default;
};

/// The recent errors of one service, newest first. Empty: the journal was read and has none.
using JournalExcerpt = std::vector<JournalEntry>;

/// What the excerpts of a host say something about: all errors from `since` to `as_of` were looked at.
struct ExcerptPeriod {
  WallTime since;
  WallTime as_of;

  bool operator==(const ExcerptPeriod&) const = default;
};

inline constexpr std::size_t excerpt_size = 10;           ///< entries of one service, the newest
inline constexpr std::size_t excerpt_characters = 500;    ///< of one message
inline constexpr std::size_t identifier_characters = 64;  ///< of an identifier
inline constexpr std::chrono::hours excerpt_span{24};     ///< older errors are not recent
inline constexpr std::uint8_t error_priority = 3;         ///< and what is worse has a lower number

}  // namespace nova
