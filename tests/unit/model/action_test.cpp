// SPDX-License-Identifier: Apache-2.0
#include "model/action.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace {

TEST(Deadline, CountsFromWhenTheSyncWasSent) {
  const BootTime sent{Millis{5000}};
  EXPECT_EQ(deadline_of({.remaining = Millis{2000}}, sent), BootTime{Millis{7000}});
}

TEST(Deadline, IsNeitherBeforeTheSyncNorFarAhead) {
  const BootTime sent{Millis{5000}};
  EXPECT_EQ(deadline_of({.remaining = Millis{-1}}, sent), sent);
  EXPECT_EQ(deadline_of({.remaining = std::chrono::hours{24}}, sent), sent + longest_command_time);
}

}  // namespace
}  // namespace nova
