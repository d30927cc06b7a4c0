// SPDX-License-Identifier: Apache-2.0
#include "model/time.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace {

std::string again(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? to_rfc3339(*time) : "refused";
}

TEST(Time, IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(WallTime{Millis{1'795'406'705'007}}), "2026-11-23T04:05:05.007Z");
}

TEST(Time, IsReadInEveryFormOfRfc3339) {
  EXPECT_EQ(again("2026-11-23T18:00:00Z"), "2026-11-23T18:00:00.000Z");
  EXPECT_EQ(again("2026-11-23t18:00:00z"), "2026-11-23T18:00:00.000Z");
  EXPECT_EQ(again("2026-11-23 18:00:00Z"), "2026-11-23T18:00:00.000Z");
  EXPECT_EQ(again("2026-11-23T18:00:00+05:30"), "2026-11-23T12:30:00.000Z");
  EXPECT_EQ(again("2026-11-23T18:00:00-05:30"), "2026-11-23T23:30:00.000Z");
  EXPECT_EQ(again("2026-12-31T23:30:00-01:00"), "2027-01-01T00:30:00.000Z");
  EXPECT_EQ(again("2026-11-23T18:00:00.1Z"), "2026-11-23T18:00:00.100Z");
  EXPECT_EQ(again("2026-11-23T18:00:00.123456789Z"), "2026-11-23T18:00:00.123Z");
  EXPECT_EQ(again("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z") << "a leap second";
  EXPECT_EQ(again("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
}

TEST(Time, WithoutAZoneIsRefusedAndTheFieldNamed) {
  const auto refused = parse_rfc3339("2026-11-23T18:00:00", "until");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_EQ(refused.error().field, "until");
  EXPECT_EQ(refused.error().message,
            "cannot read until: write a time with its zone, such as 2026-11-23T18:00:00Z");
}

TEST(Time, NonsenseIsRefused) {
  for (const char* text : {"",
                           "tomorrow",
                           "2026-11-23",
                           "18:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-30T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T18:60:00Z",
                           "2026-11-23T18:00:61Z",
                           "2026-11-23T18:00Z",
                           "2026-11-23T18:00:00.Z",
                           "2026-11-23T18:00:00.1234567890Z",
                           "2026-11-23T18:00:00+5:00",
                           "2026-11-23T18:00:00+0500",
                           "2026-11-23T18:00:00+24:00",
                           "2026-11-23T18:00:00Z ",
                           " 2026-11-23T18:00:00Z",
                           "2026-11-23T18:00:00ZZ",
                           "+026-11-23T18:00:00Z",
                           "20261123T180000Z"})
    EXPECT_EQ(again(text), "refused") << text;
}

TEST(Time, WhatCouldNotBeWrittenAgainIsRefused) {
  EXPECT_EQ(again("1970-01-01T00:00:00+01:00"), "refused") << "before 1970";
  EXPECT_EQ(again("0000-01-01T00:00:00Z"), "refused");
  EXPECT_EQ(again("9999-12-31T23:59:59-23:59"), "refused") << "after 9999";
  EXPECT_EQ(again("9999-12-30T23:59:59.999Z"), "9999-12-30T23:59:59.999Z");
}

}  // namespace
}  // namespace nova
