// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/timing.hpp"

#include <gtest/gtest.h>

namespace nova::zone {
namespace {

TEST(Timing, promises_3_s_up_to_1000_hosts_and_10_s_at_10000) {
  EXPECT_EQ(loss_promise(1), Millis{3000});
  EXPECT_EQ(loss_promise(1000), Millis{3000});
  EXPECT_EQ(loss_promise(5500), Millis{6500});
  EXPECT_EQ(loss_promise(10'000), Millis{10'000});
}

TEST(Timing, three_missed_syncs_fit_into_the_promise_whatever_the_jitter) {
  for (std::size_t hosts : {1u, 1000u, 3000u, 10'000u, 50'000u})
    for (double jitter : {0.0, 0.5, 1.0}) {
      EXPECT_LT(3 * sync_interval(hosts, jitter), lost_after(hosts)) << hosts << " hosts, jitter " << jitter;
      EXPECT_LT(lost_after(hosts) + Millis{20}, loss_promise(hosts)) << hosts;
    }
}

TEST(Timing, jitter_spreads_and_is_bounded) {
  EXPECT_GT(sync_interval(1000, 0.0) - sync_interval(1000, 1.0), Millis{100});
  EXPECT_EQ(sync_interval(1000, 1.0), sync_interval(1000, 7.0)) << "nonsense counts as the limit";
}

}  // namespace
}  // namespace nova::zone
