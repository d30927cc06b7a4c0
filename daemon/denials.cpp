// SPDX-License-Identifier: Apache-2.0
#include "daemon/denials.hpp"

#include <syslog.h>

#include <algorithm>
#include <new>

#include "daemon/message_ids.hpp"

namespace nova {
namespace {

constexpr const char* others = "others";

/// What kind of entry it is: a right that is missing is not a polkit that does not answer.
struct Entry {
  int priority;
  const char* id;
  const char* words;
};

Entry entry_for(Errc code) {
  if (code == Errc::interaction_required)
    return {LOG_INFO, message::needs_authentication, " needs authentication: "};
  if (code == Errc::unavailable) return {LOG_WARNING, message::undecided, " not decided: "};
  return {LOG_NOTICE, message::denied, " denied: "};
}

}  // namespace

bool DenialPace::admit(const std::string& who, BootTime now) {
  const bool known = windows_.contains(who);
  Window& theirs = windows_[known || windows_.size() < most_users ? who : others];
  if (theirs.seen == 0) theirs.end = now + window;
  return ++theirs.seen <= burst;
}

std::vector<DenialPace::More> DenialPace::due(BootTime now) {
  std::vector<More> more;
  for (const auto& [who, theirs] : windows_)
    if (theirs.end <= now && theirs.seen > burst) more.push_back({who, theirs.seen - burst});
  std::erase_if(windows_, [now](const auto& one) { return one.second.end <= now; });
  return more;
}

std::optional<BootTime> DenialPace::next() const {
  std::optional<BootTime> first;
  for (const auto& [who, theirs] : windows_)
    if (theirs.seen > burst) first = std::min(first.value_or(theirs.end), theirs.end);
  return first;
}

DenialJournal::~DenialJournal() {
  sd_event_source_disable_unref(timer_);
}

BootTime DenialJournal::now() const {
  std::uint64_t micros = 0;
  sd_event_now(loop_, CLOCK_BOOTTIME, &micros);
  return BootTime{Millis{static_cast<Millis::rep>(micros / 1000)}};
}

void DenialJournal::write(const std::string& who, const std::string& verb, const std::string& unit,
                          const Error& why) {
  write_due();
  if (pace_.admit(who, now())) {
    const Entry entry = entry_for(why.code);
    journal_.write(entry.priority, entry.id, verb + " of " + unit + entry.words + why.message,
                   {{"ACTOR", who}, {"VERB", verb}, {"UNIT", unit}, {"DOOR", "bus"}});
  }
  arm();
}

void DenialJournal::write_due() {
  for (const auto& [who, count] : pace_.due(now()))
    journal_.write(LOG_NOTICE, message::denied_more,
                   std::to_string(count) + " more calls of " + (who.empty() ? "unknown callers" : who) +
                       " within a minute were not carried out",
                   {{"ACTOR", who}, {"DOOR", "bus"}, {"COUNT", std::to_string(count)}});
}

void DenialJournal::arm() {
  const auto next = pace_.next();
  if (!next) return;
  const auto micros = static_cast<std::uint64_t>(next->time_since_epoch().count()) * 1000;
  if (!timer_ && sd_event_add_time(loop_, &timer_, CLOCK_BOOTTIME, micros, 0, on_timer, this) < 0)
    throw std::bad_alloc();
  sd_event_source_set_time(timer_, micros);
  sd_event_source_set_enabled(timer_, SD_EVENT_ONESHOT);
}

int DenialJournal::on_timer(sd_event_source*, std::uint64_t, void* data) {
  auto& self = *static_cast<DenialJournal*>(data);
  self.write_due();
  self.arm();
  return 0;
}

}  // namespace nova
