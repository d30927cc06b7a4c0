// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_reader/scan.hpp"

#include <map>

#include "model/text.hpp"

namespace nova::journal_reader {
namespace {

constexpr std::size_t any_size = std::string::npos;

bool says(const Records& records, const char* field, std::string_view value) {
  const auto found = records.field(field);
  return found && *found == value;
}

/// The unit that the present entry is of, or "".
std::string unit_of(const Records& records, const std::set<std::string>& units) {
  const auto one_of_ours = [&](const char* field) -> std::string {
    auto unit = records.field(field);
    return unit && units.contains(*unit) ? *std::move(unit) : "";
  };
  if (auto unit = one_of_ours("_SYSTEMD_UNIT"); !unit.empty()) return unit;
  // The rest is what the writer says: it has to be trusted, as _PID and _UID are.
  if (auto unit = one_of_ours("UNIT"); !unit.empty() && says(records, "_PID", "1")) return unit;
  for (const char* field : {"COREDUMP_UNIT", "OBJECT_SYSTEMD_UNIT"})
    if (auto unit = one_of_ours(field); !unit.empty() && says(records, "_UID", "0")) return unit;
  return "";
}

/// The present entry as people read it; nothing where it has no text.
std::optional<JournalEntry> entry_of(const Records& records) {
  const auto message = records.field("MESSAGE");
  if (!message || message->empty() || message->find('\0') != std::string::npos) return std::nullopt;
  JournalEntry entry{.time = records.time(), .message = presentable(*message, any_size, excerpt_characters)};
  const auto priority = records.field("PRIORITY");
  if (priority && priority->size() == 1 && *priority >= "0" && *priority <= "3")
    entry.priority = static_cast<std::uint8_t>(priority->front() - '0');
  auto identifier = records.field("SYSLOG_IDENTIFIER");
  if (!identifier) identifier = records.field("_COMM");
  entry.identifier = presentable(identifier.value_or(""), any_size, identifier_characters);
  return entry;
}

}  // namespace

Result<host::JournalReading> scan(Records& records, const host::JournalQuery& query, const Bounds& bounds) {
  host::JournalReading reading{.since = query.since};
  std::map<std::string, std::size_t> found;
  std::size_t full = 0;
  for (std::size_t looked_at = 0; full < query.units.size(); ++looked_at) {
    const auto more = records.previous();
    if (!more) return std::unexpected(more.error());
    if (!*more || records.time() < query.since) break;
    if (looked_at >= bounds.entries || bounds.over()) {
      // What is older was not looked at; this one neither.
      reading.since = records.time() + Millis{1};
      break;
    }
    const std::string unit = unit_of(records, query.units);
    if (unit.empty() || found[unit] >= excerpt_size) continue;
    auto entry = entry_of(records);
    if (!entry) continue;
    reading.errors.push_back({unit, *std::move(entry)});
    if (++found[unit] == excerpt_size) ++full;
  }
  return reading;
}

}  // namespace nova::journal_reader
