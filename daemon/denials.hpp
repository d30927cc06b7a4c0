// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/journal.hpp"
#include "model/time.hpp"

namespace nova {

/// How many entries each user gets: the first `burst` within `window` at once, the rest of it as one number
/// at its end. So a user who asks in vain a thousand times a second cannot make the journal drop what others
/// did. Decides only; the time is an argument.
class DenialPace {
 public:
  static constexpr unsigned burst = 5;
  static constexpr Millis window{60'000};
  static constexpr std::size_t most_users = 64;  ///< beyond them, all others are one

  /// Whether this one is written; otherwise it is counted. After due().
  bool admit(const std::string& who, BootTime now);
  struct More {
    std::string who;
    unsigned count = 0;
    bool operator==(const More&) const = default;
  };
  /// What was only counted in the windows that have ended.
  std::vector<More> due(BootTime now);
  /// When there is something due.
  std::optional<BootTime> next() const;

 private:
  struct Window {
    BootTime end;
    unsigned seen = 0;
  };
  std::map<std::string, Window> windows_;
};

/// Writes to the journal which calls were not carried out, whose they were and why.
class DenialJournal {
 public:
  DenialJournal(sd_event* loop, const Journal& journal) : loop_(loop), journal_(journal) {}
  ~DenialJournal();
  DenialJournal(const DenialJournal&) = delete;
  DenialJournal& operator=(const DenialJournal&) = delete;

  /// @param who login name, or "" where it is not known
  void write(const std::string& who, const std::string& verb, const std::string& unit, const Error& why);

 private:
  static int on_timer(sd_event_source*, std::uint64_t, void* self);
  BootTime now() const;
  void write_due();
  void arm();

  sd_event* loop_;
  const Journal& journal_;
  DenialPace pace_;
  sd_event_source* timer_ = nullptr;
};

}  // namespace nova
