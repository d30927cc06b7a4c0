// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_watch.hpp"

#include <algorithm>
#include <new>

namespace nova {
namespace {

constexpr std::uint64_t accuracy = 250'000;  // microseconds: it may wait for another wakeup

}  // namespace

JournalWatch::JournalWatch(sd_event* loop, host::Agent& agent, host::JournalReader& reader, Ports ports)
    : agent_(agent), reader_(reader), ports_(std::move(ports)), excerpts_(agent.host()) {
  if (sd_event_add_time(loop, &timer_, CLOCK_BOOTTIME, 0, accuracy, on_timer, this) < 0)
    throw std::bad_alloc();
  sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
  host::Changes here;
  for (const auto& [id, service] : agent.host().services())
    here.push_back({host::Change::What::added, id, true, false});
  changed(here);
  agent_.add(*this);
}

JournalWatch::~JournalWatch() {
  agent_.remove(*this);
  sd_event_source_disable_unref(timer_);
}

void JournalWatch::changed(const host::Changes& changes) {
  excerpts_.units_changed(changes, ports_.now().boot);
  schedule();
}

void JournalWatch::schedule() {
  const auto next = excerpts_.next();
  if (!next) return;
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(next->time_since_epoch()).count();
  sd_event_source_set_time(timer_, static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0)));
  sd_event_source_set_enabled(timer_, SD_EVENT_ONESHOT);
}

int JournalWatch::on_timer(sd_event_source*, std::uint64_t, void* self) {
  static_cast<JournalWatch*>(self)->look(false);
  return 0;
}

void JournalWatch::look(bool syncing) {
  auto query = excerpts_.due(ports_.now(), syncing);
  if (query)
    reader_.read(*std::move(query), [this](const Result<host::JournalReading>& reading) { taken(reading); });
}

void JournalWatch::taken(const Result<host::JournalReading>& reading) {
  if (!reading) {
    excerpts_.failed();
    if (!complained_) ports_.complain(reading.error());
  } else if (excerpts_.take(*reading)) {
    ports_.changed();
  }
  complained_ = !reading;
  schedule();
}

}  // namespace nova
