// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/pace.hpp"

#include <gtest/gtest.h>

namespace nova::federation {
namespace {

TEST(Pace, TheFirstRetriesAreFastAndLaterOnesTenSecondsApart) {
  Pace pace(1);
  std::vector<Millis> pauses;
  for (int i = 0; i < 9; ++i) pauses.push_back(pace.failed(0.5));
  EXPECT_EQ(pauses, (std::vector<Millis>{Millis{100}, Millis{200}, Millis{400}, Millis{800}, Millis{1600},
                                         Millis{3200}, Millis{6400}, Millis{10'000}, Millis{10'000}}));
}

TEST(Pace, ChanceSpreadsHostsOverAWholePause) {
  Pace early(1), late(1);
  EXPECT_EQ(early.failed(0), Millis{50});
  EXPECT_EQ(late.failed(1), Millis{150});
}

TEST(Pace, ALongAbsenceIsStillARetry) {
  Pace pace(3);
  for (int i = 0; i < 100'000; ++i) EXPECT_LE(pace.failed(1), Millis{15'000});
}

TEST(Pace, UrlsAreTriedInOrderAndTheOneThatWorksIsKept) {
  Pace pace(3);
  EXPECT_EQ(pace.url(), 0u);
  EXPECT_EQ(pace.failed(0.5), Millis{100});
  EXPECT_EQ(pace.url(), 1u);
  pace.succeeded();
  EXPECT_EQ(pace.url(), 1u);
  EXPECT_EQ(pace.failed(0.5), Millis{100}) << "after a success the first retries are fast again";
  EXPECT_EQ(pace.url(), 2u);
  EXPECT_EQ(pace.failed(0.5), Millis{100}) << "the pause grows with the rounds, not with the URLs";
  EXPECT_EQ(pace.url(), 0u);
  EXPECT_EQ(pace.failed(0.5), Millis{100});
  EXPECT_EQ(pace.failed(0.5), Millis{200});
  pace.restart();
  EXPECT_EQ(pace.url(), 0u);
}

TEST(Pace, ManySyncsAtOnceGoThroughButAStormDoesNot) {
  Pace pace(1);
  const BootTime now{Millis{1'000'000}};
  for (int i = 0; i < Pace::burst; ++i) EXPECT_EQ(pace.wait_for_turn(now), Millis{0});
  EXPECT_EQ(pace.wait_for_turn(now), Pace::refill);
  EXPECT_EQ(pace.wait_for_turn(now), 2 * Pace::refill);
  EXPECT_EQ(pace.wait_for_turn(now + std::chrono::seconds{5}), Millis{0});
}

}  // namespace
}  // namespace nova::federation
