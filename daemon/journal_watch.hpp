// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <functional>

#include "daemon/host/agent.hpp"
#include "daemon/host/journal_excerpts.hpp"
#include "daemon/host/journal_reader.hpp"

namespace nova {

/// Keeps the excerpts of the journal up to date: hears of units that changed, sets the timer for the reading
/// that follows, and joins the minute's reading to a sync. The timer runs only after a change.
class JournalWatch final : public host::Listener {
 public:
  struct Ports {
    std::function<Now()> now;                    ///< the clocks
    std::function<void()> changed;               ///< an excerpt changed: the zone should hear of it
    std::function<void(const Error&)> complain;  ///< it cannot be read; told once until it can be again
  };

  /// @param loop, agent, reader have to outlive this
  JournalWatch(sd_event* loop, host::Agent& agent, host::JournalReader& reader, Ports ports);
  ~JournalWatch() override;
  JournalWatch(const JournalWatch&) = delete;
  JournalWatch& operator=(const JournalWatch&) = delete;

  /// A sync is about to be sent.
  void syncing() { look(true); }
  const host::JournalExcerpts& excerpts() const { return excerpts_; }

  void changed(const host::Changes& changes) override;
  void acted(const Action&) override {}

 private:
  static int on_timer(sd_event_source*, std::uint64_t, void* self);
  void look(bool syncing);
  void taken(const Result<host::JournalReading>& reading);
  void schedule();

  host::Agent& agent_;
  host::JournalReader& reader_;
  Ports ports_;
  host::JournalExcerpts excerpts_;
  sd_event_source* timer_ = nullptr;
  bool complained_ = false;
};

}  // namespace nova
