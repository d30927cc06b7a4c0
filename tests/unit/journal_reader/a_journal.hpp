// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "daemon/journal_reader/scan.hpp"

namespace nova::journal_reader {

inline constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} +
                               std::chrono::hours{12}};

/// An entry's fields, and how long before noon it came.
struct Line {
  std::chrono::seconds ago{0};
  std::map<std::string, std::string> fields;
};

/// An error that a unit wrote.
inline Line written_by(const std::string& unit, std::chrono::seconds ago, const std::string& message) {
  return {ago,
          {{"_SYSTEMD_UNIT", unit}, {"PRIORITY", "3"}, {"SYSLOG_IDENTIFIER", "it"}, {"MESSAGE", message}}};
}

/// A journal's errors, newest first.
class AJournal final : public Records {
 public:
  explicit AJournal(std::vector<Line> lines) : lines_(std::move(lines)) {}

  Result<bool> previous() override {
    if (broken) return fail(Errc::unavailable, "cannot read the journal: Bad message");
    ++steps;
    if (next_ == lines_.size()) return false;
    at_ = next_++;
    return true;
  }
  WallTime time() const override { return noon - lines_[at_].ago; }
  std::optional<std::string> field(const char* name) const override {
    const auto found = lines_[at_].fields.find(name);
    return found == lines_[at_].fields.end() ? std::nullopt : std::optional(found->second);
  }

  bool broken = false;
  int steps = 0;

 private:
  std::vector<Line> lines_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;
};

/// For a day's errors of nova-compute and nova-api.
inline host::JournalQuery a_day() {
  return {.units = {"nova-compute.service", "nova-api.service"}, .since = noon - excerpt_span, .now = noon};
}

}  // namespace nova::journal_reader
