// SPDX-License-Identifier: Apache-2.0
#include "rest/settled_names.hpp"

#include <gmock/gmock.h>

namespace nova::zone {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;

const WallTime noon = *parse_rfc3339("2026-11-23T12:00:00Z");

TEST(SettledNames, AnAddressThatComesAndGoesNeverCounts) {
  SettledNames names({"controller", "192.0.2.1"});
  for (int minute = 0; minute < 60; ++minute) {
    std::vector<std::string> present{"controller", "192.0.2.1"};
    if (minute % 10 != 0) present.emplace_back("172.17.0.1");
    EXPECT_THAT(names.look(present, noon + minutes{minute}), ElementsAre("controller", "192.0.2.1"))
        << minute;
  }
}

TEST(SettledNames, OneThatStaysCountsAfterTenMinutesAndTheGoneOnesAreDropped) {
  SettledNames names({"controller", "192.0.2.1"});
  const std::vector<std::string> moved{"controller", "192.0.2.2"};
  EXPECT_THAT(names.look(moved, noon), ElementsAre("controller", "192.0.2.1"));
  EXPECT_THAT(names.look(moved, noon + minutes{9}), ElementsAre("controller", "192.0.2.1"));
  EXPECT_THAT(names.look(moved, noon + minutes{10}), ElementsAre("controller", "192.0.2.2"));
}

}  // namespace
}  // namespace nova::zone
