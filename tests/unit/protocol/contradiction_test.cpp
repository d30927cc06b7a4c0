// SPDX-License-Identifier: Apache-2.0
// Reports that contradict themselves.
#include <gtest/gtest.h>

#include "tests/unit/protocol/samples.hpp"

namespace nova::protocol {
namespace {

using samples::id;
using samples::request;

/// The field that is blamed for a request, "" where it is taken.
std::string blamed(const SyncRequest& request) {
  const auto read = decode_request(encode(request));
  return read ? "" : read.error().field;
}

TEST(Contradiction, TheSampleHasNone) {
  EXPECT_EQ(blamed(request()), "");
}

TEST(Contradiction, AServiceOfAnotherHost) {
  auto report = request();
  report.services[0].id = service_id(id(99), "nova-compute", "");
  EXPECT_EQ(blamed(report), "services[0].id");
}

TEST(Contradiction, AServiceListedTwice) {
  auto report = request();
  report.services.push_back(report.services[0]);
  EXPECT_EQ(blamed(report), "services[1].id");
}

TEST(Contradiction, AServicePresentAndRemoved) {
  auto report = request();
  report.base = 1;
  report.removed = {report.services[0].id};
  EXPECT_EQ(blamed(report), "removed[0]");
}

TEST(Contradiction, AFullExchangeThatRemoves) {
  auto report = request();
  report.removed = {id(50)};
  EXPECT_EQ(blamed(report), "removed");
}

TEST(Contradiction, AFullExchangeWithoutTheHostsFacts) {
  auto report = request();
  report.info.reset();
  EXPECT_EQ(blamed(report), "info");
}

TEST(Contradiction, ABaseBeyondTheSequence) {
  auto report = request();
  report.base = report.sequence + 1;
  EXPECT_EQ(blamed(report), "base");
}

TEST(Contradiction, OneIdOfAHoldWithTwoContents) {
  auto report = request();
  report.holds.delta.adds.push_back(report.holds.delta.adds[0]);
  EXPECT_EQ(blamed(report), "") << "a repetition is none";
  report.holds.delta.adds[1].reason = "another";
  EXPECT_EQ(blamed(report), "holds.delta.adds[1].id");
}

TEST(Contradiction, AnEnforcementNamedTwice) {
  SyncAnswer answer{.host = id(1), .nonce = id(2), .zone = id(3), .holds = {.digest = "d"}};
  answer.enforcement = {{.service = id(4), .enforcement = {{}, {}}}};
  EXPECT_EQ(decode_answer(encode(answer)).error().field, "enforcement[0].enforcement");
}

}  // namespace
}  // namespace nova::protocol
