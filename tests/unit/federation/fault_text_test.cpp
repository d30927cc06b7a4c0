// SPDX-License-Identifier: Apache-2.0
// What an administrator is told of an answer that refuses, whoever gave it.
#include "daemon/federation/fault_text.hpp"

#include <gtest/gtest.h>

#include "model/text.hpp"

namespace nova::federation {
namespace {

std::string said(const std::string& body) {
  return fault_text({.status = 403, .body = body, .trouble = ""});
}

TEST(FaultText, IsTheZonesSentence) {
  EXPECT_EQ(said(R"({"forbidden": {"code": 403, "message": "the join token ran out"}})"),
            "the join token ran out");
}

TEST(FaultText, IsTheBeginningOfAnythingElse) {
  EXPECT_EQ(said("<html>proxy</html>"), "<html>proxy</html>");
  EXPECT_EQ(said(R"({"forbidden": "no"})"), R"({"forbidden": "no"})");
  EXPECT_EQ(said("[1]"), "[1]");
  EXPECT_EQ(said(""), "");
}

TEST(FaultText, IsNeverLong) {
  const std::string endless(100'000, 'x');
  EXPECT_EQ(text_length(said(endless)).value(), 300u);
  EXPECT_EQ(text_length(said(R"({"forbidden": {"message": ")" + endless + "\"}}")).value(), 300u);
}

}  // namespace
}  // namespace nova::federation
