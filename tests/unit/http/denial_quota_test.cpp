// SPDX-License-Identifier: Apache-2.0
#include "rest/denial_quota.hpp"

#include <gtest/gtest.h>

namespace nova::zone {
namespace {

using std::chrono::seconds;

const WallTime begin{std::chrono::hours{24 * 365 * 50}};

int taken(DenialQuota& quota, const std::string& remote, WallTime now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += quota.take(remote, now).has_value();
  return count;
}

TEST(DenialQuota, AFloodIsNotedInPartAndItsSizeIsSaid) {
  DenialQuota quota;
  EXPECT_EQ(taken(quota, "192.0.2.7", begin, 1000), 10);
  EXPECT_EQ(taken(quota, "192.0.2.8", begin, 3), 3) << "another client's denials are seen";
  EXPECT_EQ(quota.take("192.0.2.7", begin + seconds(5)), 990U);
  EXPECT_EQ(quota.take("192.0.2.7", begin + seconds(5)), std::nullopt);
  EXPECT_EQ(quota.take("192.0.2.7", begin + seconds(60)), 1U);
  EXPECT_EQ(quota.take("192.0.2.7", begin + seconds(60)), 0U);
}

TEST(DenialQuota, ManyClientsTogetherStayBelowWhatTheJournalTakes) {
  DenialQuota quota;
  int count = 0;
  for (int client = 0; client < 20000; ++client)
    count += taken(quota, "client" + std::to_string(client), begin, 10);
  EXPECT_EQ(count, 1000);
  EXPECT_EQ(taken(quota, "late", begin + seconds(1), 10), 0) << "strangers share a bucket that is empty";
  EXPECT_GT(taken(quota, "client1", begin + seconds(60), 10), 0);
}

TEST(DenialQuota, AClockThatIsSetBackStopsNothing) {
  DenialQuota quota;
  EXPECT_EQ(taken(quota, "192.0.2.7", begin, 20), 10);
  EXPECT_EQ(quota.take("192.0.2.7", begin - seconds(3600)), std::nullopt);
  EXPECT_TRUE(quota.take("192.0.2.7", begin - seconds(3590)));
}

}  // namespace
}  // namespace nova::zone
