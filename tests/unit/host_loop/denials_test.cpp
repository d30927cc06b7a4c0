// SPDX-License-Identifier: Apache-2.0
// Entries about calls that were not carried out: none is lost from the count, and no user floods the journal.
#include "daemon/denials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace nova;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const BootTime start{Millis{1000}};

unsigned written(DenialPace& pace, const std::string& who, unsigned calls, BootTime at) {
  unsigned count = 0;
  for (unsigned i = 0; i < calls; ++i) count += pace.admit(who, at) ? 1 : 0;
  return count;
}

}  // namespace

TEST(Denials, OfOneUserAreWrittenAsTheyComeUntilThereAreManyAndThenCounted) {
  DenialPace pace;
  EXPECT_EQ(written(pace, "carol", 3, start), 3U);
  EXPECT_EQ(pace.next(), std::nullopt) << "nothing is due where every one was written";
  EXPECT_EQ(written(pace, "carol", 1000, start + 10s), 2U);
  EXPECT_EQ(written(pace, "dave", 1, start + 10s), 1U) << "another user's entries do not suffer";
  EXPECT_EQ(pace.next(), start + DenialPace::window);
  EXPECT_THAT(pace.due(start + 59s), IsEmpty());
  EXPECT_THAT(pace.due(start + 60s), ElementsAre(DenialPace::More{"carol", 998}));
  EXPECT_EQ(pace.next(), std::nullopt);
  EXPECT_EQ(written(pace, "carol", 1, start + 61s), 1U) << "a new window";
}

TEST(Denials, OfMoreUsersThanCanBeToldApartAreCountedTogether) {
  DenialPace pace;
  for (std::size_t i = 0; i < DenialPace::most_users; ++i)
    EXPECT_EQ(written(pace, "user" + std::to_string(i), 1, start), 1U);
  unsigned count = 0;
  for (int i = 0; i < 1000; ++i) count += written(pace, "late" + std::to_string(i), 1, start);
  EXPECT_EQ(count, DenialPace::burst);
  EXPECT_THAT(pace.due(start + 60s), ElementsAre(DenialPace::More{"others", 995}));
}
