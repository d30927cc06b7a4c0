// SPDX-License-Identifier: Apache-2.0
#include "rest/protocol/gzip.hpp"

#include <gtest/gtest.h>

namespace nova::protocol {
namespace {

TEST(Gzip, BringsBackWhatItTook) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += std::to_string(i * 7919);
  const auto packed = gzip(body);
  EXPECT_TRUE(is_gzip(packed));
  EXPECT_LT(packed.size(), body.size());
  EXPECT_EQ(gunzip(packed, body.size()), body);
  EXPECT_EQ(gunzip(gzip(""), 0), "");
}

TEST(Gzip, StopsAtTheBoundHoweverSmallTheBodyWas) {
  const auto bomb = gzip(std::string(64 * 1024 * 1024, ' '));
  ASSERT_LT(bomb.size(), 400'000u);
  EXPECT_EQ(gunzip(bomb, 8 * 1024 * 1024).error().code, Errc::too_large);
}

TEST(Gzip, RefusesWhatIsBrokenOrCutOffOrFollowed) {
  const auto packed = gzip("some text that is long enough");
  EXPECT_EQ(gunzip(packed.substr(0, packed.size() - 1), 100).error().code, Errc::invalid_argument);
  EXPECT_EQ(gunzip(packed + "x", 100).error().code, Errc::invalid_argument);
  auto spoilt = packed;
  spoilt[spoilt.size() - 6] ^= 1;  // in the checksum
  EXPECT_EQ(gunzip(spoilt, 100).error().code, Errc::invalid_argument);
  EXPECT_EQ(gunzip("\x1f\x8b", 100).error().code, Errc::invalid_argument);
  EXPECT_FALSE(is_gzip("{\"version\": 1}"));
}

}  // namespace
}  // namespace nova::protocol
