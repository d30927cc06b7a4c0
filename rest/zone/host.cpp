// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/host.hpp"

#include <algorithm>
#include <tuple>

namespace nova::zone {
namespace {

auto place(const ServiceFacts& facts) {
  return std::tie(facts.binary, facts.instance);
}

bool put(std::vector<StoredService>& services, const ServiceFacts& facts, WallTime now) {
  const auto at = std::ranges::lower_bound(services, place(facts), {},
                                           [](const StoredService& s) { return place(s.facts); });
  if (at == services.end() || place(at->facts) != place(facts)) {
    services.insert(at, {facts, now});
    return true;
  }
  if (at->facts == facts) return false;
  *at = {facts, now};
  return true;
}

}  // namespace

const StoredService* Host::find(const Uuid& service) const {
  const auto found = std::ranges::find(services, service, [](const StoredService& s) { return s.facts.id; });
  return found == services.end() ? nullptr : &*found;
}

bool Host::completes(const protocol::SyncRequest& report) const {
  return report.base == 0 || (facts_known && incarnation == report.incarnation && report.base <= sequence);
}

bool Host::take_journal(const protocol::SyncRequest& report) {
  static const protocol::JournalReport silence;
  const protocol::JournalReport& told = report.journal ? *report.journal : silence;
  const bool anew = report.base == 0;
  if (anew || told.period) pulse->take_journal(told.period.value_or(ExcerptPeriod{}));
  if (!anew && told.services.empty() && report.removed.empty()) return false;
  JournalBook book = anew ? JournalBook{} : *journal;
  for (const protocol::ServiceExcerpt& excerpt : told.services)
    book.insert_or_assign(excerpt.service, excerpt.entries);
  std::erase_if(book, [&](const auto& entry) { return !find(entry.first); });
  if (book == *journal) return false;
  journal = std::make_shared<const JournalBook>(std::move(book));
  return true;
}

FactsTaken Host::take_facts(const protocol::SyncRequest& report, WallTime now) {
  if (!completes(report)) return FactsTaken::lacking;
  const bool same_start = facts_known && incarnation == report.incarnation;
  if (same_start && report.sequence < sequence) {
    // A message that came late comes once. A host that goes on counting from less has been put back, as a
    // virtual machine is to a snapshot: then everything that it says next counts.
    const bool put_back = behind && *behind != report.nonce && report.base == 0;
    behind = report.nonce;
    if (!put_back) return FactsTaken::late;
  }
  behind.reset();
  bool changed = !facts_known;
  if (report.base == 0)
    changed |= std::erase_if(services, [&](const StoredService& known) {
                 return std::ranges::find(report.services, known.facts.id, &ServiceFacts::id) ==
                        report.services.end();
               }) > 0;
  for (const Uuid& gone : report.removed)
    changed |= std::erase_if(services, [&](const StoredService& s) { return s.facts.id == gone; }) > 0;
  for (const ServiceFacts& facts : report.services) changed |= put(services, facts, now);
  if (report.info && info != *report.info) {
    info = *report.info;
    changed = true;
  }
  incarnation = report.incarnation;
  sequence = report.sequence;
  facts_known = true;
  return changed ? FactsTaken::taken : FactsTaken::nothing_new;
}

HostRecord Host::record() const {
  return {.id = id, .name = name, .info = info, .last_seen = pulse->last_seen(), .services = services};
}

}  // namespace nova::zone
