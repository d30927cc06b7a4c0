// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/journal_excerpts.hpp"

#include <algorithm>
#include <utility>

namespace nova::host {

void JournalExcerpts::units_changed(const Changes& changes, BootTime now) {
  for (const Change& change : changes) {
    if (change.what == Change::What::added) anew_ = true;
    const bool tells =
        change.what == Change::What::added || (change.what == Change::What::changed && change.unit);
    if (tells && !wanted_) wanted_ = now + settling;
  }
}

std::optional<BootTime> JournalExcerpts::next() const {
  if (under_way_ || !wanted_) return std::nullopt;
  return last_ ? std::max(*wanted_, *last_ + breath) : *wanted_;
}

std::optional<JournalQuery> JournalExcerpts::due(const Now& now, bool syncing) {
  const auto changed = next();
  const bool after_change = changed && *changed <= now.boot;
  const bool after_pace = syncing && (!last_ || now.boot >= *last_ + pace);
  if (under_way_ || host_.services().empty() || (!after_change && !after_pace)) return std::nullopt;
  JournalQuery query{.since = now.wall - excerpt_span, .now = now.wall};
  // A clock that was set back leaves no order between the entries to rely on.
  const bool goes_on = !anew_ && period_ && period_->as_of <= now.wall;
  if (goes_on) query.since = std::max(query.since, period_->as_of - overlap);
  for (const auto& [id, service] : host_.services()) query.units.insert(service.facts.unit.name);
  wanted_.reset();
  last_ = now.boot;
  anew_ = false;
  under_way_ = query;
  return query;
}

void JournalExcerpts::keep(const Uuid& service, JournalExcerpt entries) {
  const auto [place, fresh] = kept_.try_emplace(service);
  if (!fresh && place->second.entries == entries) return;
  place->second = {std::move(entries), ++version_};
}

bool JournalExcerpts::take(const JournalReading& reading) {
  if (!under_way_) return false;
  const JournalQuery query = *std::exchange(under_way_, std::nullopt);
  const WallTime oldest = query.now - excerpt_span;
  const std::uint64_t before = version_;
  std::erase_if(kept_, [&](const auto& entry) { return !host_.find(entry.first); });
  for (const auto& [id, service] : host_.services()) {
    const std::string& unit = service.facts.unit.name;
    if (!query.units.contains(unit)) continue;  // it came meanwhile
    JournalExcerpt entries;
    for (const UnitError& error : reading.errors)
      if (error.unit == unit) entries.push_back(error.entry);
    if (const auto known = kept_.find(id); known != kept_.end())
      for (const JournalEntry& entry : known->second.entries)
        if (entry.time < query.since && entry.time >= oldest) entries.push_back(entry);
    if (entries.size() > excerpt_size) entries.resize(excerpt_size);
    keep(id, std::move(entries));
  }
  const bool complete = reading.since <= query.since;
  const bool goes_on = complete && period_ && query.since > oldest;
  const WallTime since = goes_on ? period_->since : reading.since;
  period_ = ExcerptPeriod{.since = std::min(std::max(since, oldest), query.now), .as_of = query.now};
  return version_ != before;
}

void JournalExcerpts::failed() {
  under_way_.reset();
  anew_ = true;  // what was missed is looked for again
}

}  // namespace nova::host
