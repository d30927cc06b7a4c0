// SPDX-License-Identifier: Apache-2.0
// What moves with every sync: shown as young as it is, without a new snapshot; and the excerpts of journals.
#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

JournalExcerpt one(const std::string& message) {
  return {{.time = monday, .identifier = "it", .message = message}};
}

TEST(Pulse, a_host_that_is_up_was_heard_with_its_last_heartbeat) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  const auto before = s.seen();
  for (int beat = 0; beat < 12; ++beat) {
    s.pass(Millis{1000});
    auto report = compute1.heartbeat();
    report.load1 = beat;
    s.exchange(compute1, report);
  }
  EXPECT_EQ(s.host("compute1")->pulse->last_seen(), s.now.wall);
  EXPECT_EQ(s.host("compute1")->pulse->load()->load1, 11);
  EXPECT_EQ(s.host("compute1")->pulse->load()->at, s.now.wall);
  EXPECT_EQ(s.seen(), before) << "a heartbeat is no change";
}

TEST(Pulse, a_load_of_an_older_host_keeps_its_age) {
  Stage s;
  HostSim compute1(1, "compute1");
  auto report = compute1.full();
  report.info->load1 = 0.5;
  s.exchange(compute1, report);
  const WallTime told = s.now.wall;
  s.pass(Millis{1000});
  s.exchange(compute1, compute1.heartbeat());
  EXPECT_EQ(s.host("compute1")->pulse->load()->load1, 0.5);
  EXPECT_EQ(s.host("compute1")->pulse->load()->at, told);
}

TEST(Pulse, a_late_message_does_not_turn_back_the_load) {
  Stage s;
  HostSim compute1(1, "compute1");
  s.join(compute1);
  auto late = compute1.changed();
  late.load1 = 1;
  auto newer = compute1.changed();
  newer.load1 = 2;
  s.exchange(compute1, newer);
  s.exchange(compute1, late);
  EXPECT_EQ(s.host("compute1")->pulse->load()->load1, 2);
}

class Journals : public testing::Test {
 protected:
  Journals() { s.join(compute1); }
  protocol::SyncRequest telling(const std::string& message) {
    auto report = compute1.heartbeat();
    report.journal =
        protocol::JournalReport{.period = ExcerptPeriod{monday - std::chrono::hours{24}, s.now.wall},
                                .services = {{compute1.service(), one(message)}}};
    return report;
  }
  const JournalBook& book() { return *s.host("compute1")->journal; }

  Stage s;
  HostSim compute1{1, "compute1"};
};

TEST_F(Journals, an_excerpt_shows_in_a_new_snapshot_of_the_same_generation) {
  const auto before = s.seen();
  s.exchange(compute1, telling("boom"));
  EXPECT_EQ(book(), (JournalBook{{compute1.service(), one("boom")}}));
  EXPECT_EQ(s.host("compute1")->pulse->journal()->as_of, s.now.wall);
  EXPECT_NE(s.seen(), before);
  EXPECT_EQ(s.seen()->generation, before->generation) << "no collection shows it";
  EXPECT_EQ(s.host("compute1")->generation, before->find_host("compute1")->generation);
  EXPECT_TRUE(before->find_host("compute1")->journal->empty()) << "what was published stays as it was";
}

TEST_F(Journals, nothing_new_moves_only_their_age) {
  s.exchange(compute1, telling("boom"));
  const auto before = s.seen();
  s.pass(std::chrono::minutes{1});
  auto report = compute1.heartbeat();
  report.journal = protocol::JournalReport{.period = ExcerptPeriod{monday, s.now.wall}};
  s.exchange(compute1, report);
  EXPECT_EQ(s.seen(), before);
  EXPECT_EQ(s.host("compute1")->pulse->journal()->as_of, s.now.wall);
  EXPECT_EQ(book().size(), 1U);
}

TEST_F(Journals, a_lost_host_keeps_its_last) {
  s.exchange(compute1, telling("boom"));
  const WallTime read = s.now.wall;
  s.pass(std::chrono::minutes{5});
  s.tick();
  ASSERT_EQ(s.host("compute1")->presence, Presence::lost);
  EXPECT_EQ(book().size(), 1U);
  EXPECT_EQ(s.host("compute1")->pulse->journal()->as_of, read);
}

TEST_F(Journals, a_host_that_starts_anew_and_tells_nothing_has_none) {
  s.exchange(compute1, telling("boom"));
  compute1.start();
  s.exchange(compute1, compute1.full());
  EXPECT_TRUE(book().empty());
  EXPECT_FALSE(s.host("compute1")->pulse->journal());
}

TEST_F(Journals, a_service_that_is_gone_or_never_was_has_none) {
  s.exchange(compute1, telling("boom"));
  auto report = telling("boom");
  report.journal->services.push_back({id(0x77), one("whose?")});
  s.exchange(compute1, report);
  EXPECT_EQ(book().size(), 1U);
  report = compute1.changed();
  report.services.clear();
  report.removed = {compute1.service()};
  s.exchange(compute1, report);
  EXPECT_TRUE(book().empty());
}

TEST_F(Journals, what_is_no_excerpt_is_refused) {
  for (const auto& entries :
       {JournalExcerpt(11), one("two\nlines"), one("\xff"), one(std::string(501, 'x'))}) {
    auto report = telling("");
    report.journal->services[0].entries = entries;
    EXPECT_EQ(s.refusal(report).field, "journal.services[0].entries");
  }
}

}  // namespace
}  // namespace nova::zone::stage
