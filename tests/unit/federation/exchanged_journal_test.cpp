// SPDX-License-Identifier: Apache-2.0
// What the host says of its services' journals.
#include <set>
#include <string>
#include <vector>

#include "rest/protocol/codec.hpp"
#include "tests/unit/federation/an_exchange.hpp"

namespace nova::federation {
namespace {

/// A host whose journal the test writes.
class JournalTest : public ExchangeTest {
 protected:
  void errors(std::vector<host::UnitError> found) {
    host.pass(std::chrono::minutes{1});
    const auto query = excerpts.due(host.now, true);
    ASSERT_TRUE(query);
    excerpts.take({.since = query->since, .errors = std::move(found)});
  }
  host::UnitError error(const std::string& text, const std::string& unit = "nova-compute.service") const {
    return {unit, {.time = host.now.wall, .identifier = "it", .message = text}};
  }
  SyncRequest tell() { return telling.request(id(++nonces)); }
  AfterAnswer heard(const SyncAnswer& answer) {
    const auto after = telling.answered(answer, host.now.boot, host.now);
    EXPECT_TRUE(after);
    return after.value_or(AfterAnswer{});
  }

  host::JournalExcerpts excerpts{host.agent->host()};
  Exchange telling{*host.agent, id(101), &excerpts};
};

TEST_F(JournalTest, IsNotMentionedBeforeItWasRead) {
  EXPECT_FALSE(tell().journal);
}

TEST_F(JournalTest, EveryServiceIsToldOnceAndThenOnlyChanges) {
  errors({error("first")});
  EXPECT_TRUE(telling.has_news());
  auto request = tell();
  ASSERT_TRUE(request.journal);
  EXPECT_EQ(request.journal->services.size(), 2u) << "no errors is said as well";
  EXPECT_EQ(request.journal->period, excerpts.period());
  heard(yes(request));
  EXPECT_FALSE(telling.has_news());
  EXPECT_FALSE(tell().journal);

  errors({error("api fails", "nova-api.service")});
  for (int attempt = 0; attempt < 2; ++attempt) {  // an answer gets lost
    request = tell();
    ASSERT_TRUE(request.journal);
    ASSERT_EQ(request.journal->services.size(), 1u);
    EXPECT_EQ(request.journal->services[0].service, host.api());
  }
  heard(yes(request));
  EXPECT_FALSE(tell().journal);
}

TEST_F(JournalTest, ThatThereIsNothingNewTravelsWithTheNextHeartbeat) {
  errors({});
  heard(yes(tell()));
  errors({});
  EXPECT_FALSE(telling.has_news()) << "it is worth no sync of its own";
  const auto request = tell();
  ASSERT_TRUE(request.journal);
  EXPECT_TRUE(request.journal->services.empty());
  EXPECT_EQ(request.journal->period, excerpts.period());
}

TEST_F(JournalTest, AZoneThatKnowsNothingIsToldEverything) {
  errors({error("first")});
  heard(yes(tell()));
  auto nothing = yes(tell());
  nothing.send_all = true;
  EXPECT_TRUE(heard(nothing).again_now);
  const auto request = tell();
  EXPECT_EQ(request.base, 0u);
  ASSERT_TRUE(request.journal);
  EXPECT_EQ(request.journal->services.size(), 2u);
  EXPECT_TRUE(request.journal->period);
}

TEST_F(JournalTest, WhatIsTooMuchForOneSyncFollowsAtOnce) {
  std::vector<host::UnitError> found;
  for (int i = 0; i < 100; ++i) {
    host.units.push_back(
        host::running("nova-compute", Kind::compute, "nova-" + std::to_string(i) + ".service"));
    host.units.back().instance = std::to_string(i);
    for (int n = 0; n < 10; ++n) found.push_back(error(std::string(1500, 'x'), host.units.back().facts.name));
  }
  host.agent->observe(host.units, host.now);
  errors(found);
  std::set<Uuid> told;
  for (int syncs = 1;; ++syncs) {
    ASSERT_LT(syncs, 10);
    const auto request = tell();
    ASSERT_TRUE(request.journal);
    EXPECT_LT(protocol::encode(request).size(), protocol::max_body / 4);
    for (const auto& excerpt : request.journal->services) EXPECT_TRUE(told.insert(excerpt.service).second);
    const bool last = told.size() == 102;
    EXPECT_EQ(request.journal->period.has_value(), last) << "it speaks for all of them";
    EXPECT_EQ(heard(yes(request)).again_now, !last);
    if (last) break;
  }
}

}  // namespace
}  // namespace nova::federation
