// SPDX-License-Identifier: Apache-2.0
// When the journal is read, and what is kept of it.
#include <gtest/gtest.h>

#include "daemon/host/journal_excerpts.hpp"
#include "tests/unit/host/a_host.hpp"

namespace nova::host {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ExcerptsTest : public testing::Test {
 protected:
  UnitError error(const std::string& message, Millis ago = Millis{100},
                  const std::string& unit = "nova-compute.service") const {
    return {unit, {.time = host.now.wall - ago, .identifier = "it", .message = message}};
  }
  std::optional<JournalQuery> due(bool syncing = false) { return excerpts.due(host.now, syncing); }
  /// A whole reading with a sync, which has to be due.
  bool read(std::vector<UnitError> errors = {}) {
    const auto query = due(true);
    EXPECT_TRUE(query) << "no reading is due";
    return query && excerpts.take({.since = query->since, .errors = std::move(errors)});
  }
  void unit_changes() {
    host.units[0].facts.restarts += 1;
    host.agent->observe(host.units, host.now);
    excerpts.units_changed({{Change::What::changed, host.compute(), true, false}}, host.now.boot);
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> list;
    for (const JournalEntry& entry : excerpts.kept().at(host.compute()).entries)
      list.push_back(entry.message);
    return list;
  }

  AHost host;
  JournalExcerpts excerpts{host.agent->host()};
};

TEST_F(ExcerptsTest, TheFirstSyncReadsADayOfAllUnits) {
  EXPECT_FALSE(excerpts.period());
  EXPECT_FALSE(due()) << "nothing happened";
  const auto query = due(true);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->units, (std::set<std::string>{"nova-compute.service", "nova-api.service"}));
  EXPECT_EQ(query->since, host.now.wall - hours{24});
  EXPECT_TRUE(excerpts.kept().empty()) << "unknown is not empty";
}

TEST_F(ExcerptsTest, NoErrorsAreKnownToBeNone) {
  EXPECT_TRUE(read());
  EXPECT_TRUE(excerpts.kept().at(host.api()).entries.empty());
  EXPECT_EQ(excerpts.period(), (ExcerptPeriod{host.now.wall - hours{24}, host.now.wall}));
}

TEST_F(ExcerptsTest, SyncsReadOnceAMinuteAndOnlyWhatIsNew) {
  read();
  for (int i = 0; i < 59; ++i) {
    host.pass(seconds{1});
    ASSERT_FALSE(due(true)) << i;
  }
  const WallTime before = excerpts.period()->as_of;
  host.pass(seconds{1});
  const auto query = due(true);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->since, before - JournalExcerpts::overlap);
  EXPECT_FALSE(excerpts.take({.since = query->since}));
  EXPECT_EQ(excerpts.period()->as_of, host.now.wall) << "nothing new is news as well";
  EXPECT_EQ(excerpts.period()->since, host.now.wall - hours{24}) << "what was looked at still counts";
}

TEST_F(ExcerptsTest, AUnitsChangeIsReadShortlyAfterwards) {
  read();
  host.pass(seconds{30});
  unit_changes();
  EXPECT_EQ(excerpts.next(), host.now.boot + JournalExcerpts::settling);
  EXPECT_FALSE(due());
  host.pass(JournalExcerpts::settling);
  EXPECT_TRUE(due());
  EXPECT_FALSE(excerpts.next()) << "one reading at a time";
}

TEST_F(ExcerptsTest, AUnitThatFlapsIsReadEveryFewSeconds) {
  read();
  host.pass(seconds{30});
  int readings = 0;
  for (int i = 0; i < 200; ++i) {
    unit_changes();
    host.pass(Millis{100});
    if (const auto query = due()) {
      ++readings;
      excerpts.take({.since = query->since});
    }
  }
  EXPECT_GE(readings, 3);
  EXPECT_LE(readings, 4) << "in 20 s";
}

TEST_F(ExcerptsTest, APauseIsNoReasonToRead) {
  read();
  excerpts.units_changed({{Change::What::changed, host.compute(), false, true}}, host.now.boot);
  EXPECT_FALSE(excerpts.next());
}

TEST_F(ExcerptsTest, WhatIsNewComesBeforeWhatWasKnown) {
  EXPECT_TRUE(read({error("second", seconds{2}), error("first", seconds{3})}));
  host.pass(minutes{1});
  EXPECT_TRUE(read({error("third")}));
  EXPECT_EQ(messages(), (std::vector<std::string>{"third", "second", "first"}));
}

TEST_F(ExcerptsTest, WhatIsLookedAtTwiceIsThereOnce) {
  EXPECT_TRUE(read({error("late", Millis{100}), error("first", seconds{3})}));
  const auto late = excerpts.kept().at(host.compute()).entries[0];
  host.pass(minutes{1});
  EXPECT_FALSE(read({{"nova-compute.service", late}})) << "the overlap has it again";
  EXPECT_EQ(messages(), (std::vector<std::string>{"late", "first"}));
}

TEST_F(ExcerptsTest, TenAreKeptForADay) {
  std::vector<UnitError> many;
  for (int i = 0; i < 9; ++i) many.push_back(error(std::to_string(i), seconds{i + 2}));
  read(many);
  host.pass(minutes{1});
  read({error("b", Millis{1}), error("a", Millis{2})});
  EXPECT_EQ(messages(), (std::vector<std::string>{"b", "a", "0", "1", "2", "3", "4", "5", "6", "7"}));
  host.pass(hours{24});
  EXPECT_TRUE(read()) << "that they are gone is a change";
  EXPECT_TRUE(messages().empty());
}

TEST_F(ExcerptsTest, AReadingThatDidNotComeFarSaysSo) {
  read();
  host.pass(minutes{1});
  ASSERT_TRUE(due(true));
  excerpts.take({.since = host.now.wall - seconds{5}, .errors = {error("boom")}});
  EXPECT_EQ(excerpts.period()->since, host.now.wall - seconds{5});
}

TEST_F(ExcerptsTest, WhatCannotBeReadKeepsItsAgeAndIsLookedForAgain) {
  read({error("boom")});
  const auto period = excerpts.period();
  host.pass(minutes{1});
  ASSERT_TRUE(due(true));
  excerpts.failed();
  EXPECT_EQ(excerpts.period(), period);
  EXPECT_EQ(messages(), std::vector<std::string>{"boom"});
  host.pass(minutes{1});
  const auto query = due(true);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->since, host.now.wall - hours{24});
}

TEST_F(ExcerptsTest, AServiceThatComesIsUnknownUntilItsDayWasRead) {
  read();
  host.units.push_back(running("nova-conductor", Kind::conductor));
  host.agent->observe(host.units, host.now);
  const Uuid conductor = service_id(host_id, "nova-conductor", "");
  excerpts.units_changed({{Change::What::added, conductor, true, false}}, host.now.boot);
  EXPECT_FALSE(excerpts.kept().contains(conductor));
  host.pass(JournalExcerpts::breath);
  const auto query = due();
  ASSERT_TRUE(query);
  EXPECT_EQ(query->since, host.now.wall - hours{24});
  excerpts.take({.since = query->since});
  EXPECT_TRUE(excerpts.kept().contains(conductor));
}

TEST_F(ExcerptsTest, AServiceThatGoesTakesItsExcerptAlong) {
  read();
  host.units.pop_back();
  host.agent->observe(host.units, host.now);
  host.pass(minutes{1});
  read();
  EXPECT_EQ(excerpts.kept().size(), 1U);
}

TEST_F(ExcerptsTest, AClockThatWasSetBackBeginsAnew) {
  read({error("boom")});
  host.now.wall -= hours{2};
  host.now.boot += minutes{1};
  const auto query = due(true);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->since, host.now.wall - hours{24});
}

TEST_F(ExcerptsTest, AHostWithoutServicesReadsNothing) {
  host.units.clear();
  host.agent->observe(host.units, host.now);
  EXPECT_FALSE(due(true));
}

}  // namespace
}  // namespace nova::host
