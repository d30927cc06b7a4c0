// SPDX-License-Identifier: Apache-2.0
// Which entries of the journal are a service's recent errors, and how they read.
#include <gtest/gtest.h>

#include "model/text.hpp"
#include "tests/unit/journal_reader/a_journal.hpp"

namespace nova::journal_reader {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Fields = std::map<std::string, std::string>;

constexpr const char* compute = "nova-compute.service";

std::vector<std::string> messages(AJournal journal, const Bounds& bounds = {}) {
  const auto reading = scan(journal, a_day(), bounds);
  EXPECT_TRUE(reading) << reading.error().message;
  std::vector<std::string> found;
  for (const host::UnitError& error : reading->errors)
    found.push_back(error.unit + ": " + error.entry.message);
  return found;
}

/// The one entry that comes of these fields.
JournalEntry entry(Fields fields) {
  fields.try_emplace("_SYSTEMD_UNIT", compute);
  fields.try_emplace("MESSAGE", "boom");
  AJournal journal({Line{seconds{5}, std::move(fields)}});
  const auto reading = scan(journal, a_day(), {});
  EXPECT_EQ(reading->errors.size(), 1U);
  return reading->errors.empty() ? JournalEntry{} : reading->errors[0].entry;
}

TEST(Scan, FindsWhatOurUnitsWroteNewestFirst) {
  EXPECT_EQ(
      messages(AJournal(
          {written_by(compute, seconds{1}, "third"), written_by("cron.service", seconds{2}, "no"),
           written_by("nova-api.service", seconds{3}, "second"), written_by(compute, hours{23}, "first")})),
      (std::vector<std::string>{"nova-compute.service: third", "nova-api.service: second",
                                "nova-compute.service: first"}));
}

TEST(Scan, StopsAtTheEndOfItsTime) {
  AJournal journal({written_by(compute, hours{1}, "today"), written_by(compute, hours{25}, "yesterday"),
                    written_by(compute, hours{26}, "before")});
  const auto reading = scan(journal, a_day(), {});
  EXPECT_EQ(reading->errors.size(), 1U);
  EXPECT_EQ(reading->since, noon - excerpt_span) << "all of the day was looked at";
  EXPECT_EQ(journal.steps, 2) << "nothing older is touched";
}

TEST(Scan, TakesTenOfEachUnitAndThenLooksNoFurther) {
  std::vector<Line> lines;
  for (int i = 0; i < 30; ++i) {
    lines.push_back(written_by(compute, seconds{2 * i}, std::to_string(i)));
    lines.push_back(written_by("nova-api.service", seconds{2 * i + 1}, std::to_string(i)));
  }
  AJournal journal(lines);
  const auto reading = scan(journal, a_day(), {});
  EXPECT_EQ(reading->errors.size(), 20U);
  EXPECT_EQ(reading->since, noon - excerpt_span) << "the newest ten are all that is asked for";
  EXPECT_EQ(journal.steps, 20);
}

TEST(Scan, LooksAtABoundedNumberAndSaysHowFarItCame) {
  std::vector<Line> lines(50, written_by("cron.service", seconds{10}, "cron"));
  lines.push_back(written_by(compute, seconds{60}, "not reached"));
  AJournal journal(lines);
  const auto reading = scan(journal, a_day(), {.entries = 20});
  EXPECT_TRUE(reading->errors.empty());
  EXPECT_EQ(reading->since, noon - seconds{10} + Millis{1});
  EXPECT_EQ(journal.steps, 21);
}

TEST(Scan, EndsWhenItsTimeIsOver) {
  AJournal journal({written_by(compute, seconds{1}, "a"), written_by(compute, seconds{2}, "b")});
  int asked = 0;
  const auto reading = scan(journal, a_day(), {.over = [&] { return ++asked > 1; }});
  EXPECT_EQ(reading->errors.size(), 1U);
  EXPECT_EQ(reading->since, noon - seconds{2} + Millis{1});
}

TEST(Scan, BelievesPrivilegedWritersOnlyAboutAUnit) {
  const auto about = [](Fields fields) {
    fields.try_emplace("MESSAGE", "failed");
    return messages(AJournal({Line{seconds{1}, std::move(fields)}})).size() == 1;
  };
  EXPECT_TRUE(about({{"UNIT", compute}, {"_PID", "1"}, {"_SYSTEMD_UNIT", "init.scope"}})) << "systemd itself";
  EXPECT_FALSE(about({{"UNIT", compute}, {"_PID", "4711"}, {"_UID", "1000"}})) << "anybody with logger(1)";
  EXPECT_TRUE(about({{"COREDUMP_UNIT", compute}, {"_UID", "0"}}));
  EXPECT_FALSE(about({{"COREDUMP_UNIT", compute}, {"_UID", "1000"}}));
  EXPECT_TRUE(about({{"OBJECT_SYSTEMD_UNIT", compute}, {"_UID", "0"}}));
  EXPECT_FALSE(about({{"OBJECT_SYSTEMD_UNIT", compute}, {"_UID", "33"}}));
  EXPECT_FALSE(about({{"UNIT", "nova-compute"}, {"_PID", "1"}})) << "names are matched exactly";
}

TEST(Scan, AnEntryReadsWell) {
  const JournalEntry plain =
      entry({{"PRIORITY", "2"}, {"SYSLOG_IDENTIFIER", "nova-compute"}, {"MESSAGE", "äh €"}});
  EXPECT_EQ(plain.time, noon - seconds{5});
  EXPECT_EQ(plain.priority, 2);
  EXPECT_EQ(plain.identifier, "nova-compute");
  EXPECT_EQ(plain.message, "äh €");
  EXPECT_EQ(entry({{"_COMM", "python3"}}).identifier, "python3") << "where it calls itself nothing";
  EXPECT_EQ(entry({{"MESSAGE", "Traceback:\n\tline 1\x1b[31m"}}).message, "Traceback:  line 1 [31m");
  EXPECT_EQ(entry({{"MESSAGE", "caf\xe9"}}).message, "caf?") << "no UTF-8";
}

TEST(Scan, ALongMessageIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "€";
  const std::string cut = entry({{"MESSAGE", text}}).message;
  EXPECT_EQ(text_length(cut), excerpt_characters);
  EXPECT_EQ(cut, text.substr(0, excerpt_characters * 3));
}

TEST(Scan, WhatIsNoTextIsLeftOut) {
  EXPECT_TRUE(messages(AJournal({Line{seconds{1}, {{"_SYSTEMD_UNIT", compute}, {"PRIORITY", "3"}}},
                                 written_by(compute, seconds{2}, ""),
                                 written_by(compute, seconds{3}, std::string("a\0b", 3))}))
                  .empty());
}

TEST(Scan, AJournalThatBreaksIsAnError) {
  AJournal journal({});
  journal.broken = true;
  const auto reading = scan(journal, a_day(), {});
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().message, "cannot read the journal: Bad message");
}

}  // namespace
}  // namespace nova::journal_reader
