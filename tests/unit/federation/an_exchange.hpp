// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/federation/exchange.hpp"
#include "tests/unit/host/a_host.hpp"

namespace nova::federation {

using host::AHost;
using protocol::SyncAnswer;
using protocol::SyncRequest;

inline Uuid id(std::uint8_t n) {
  Uuid made;
  made.bytes[0] = 0xBB;
  made.bytes[15] = n;
  return made;
}

/// A host and what it says to its zone. The zone answers as the test wants.
class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() : host({.require_reason = false, .has_zone = true}) {}

  SyncRequest ask() { return exchange.request(id(++nonces)); }
  /// A zone that has taken everything and has nothing to say.
  SyncAnswer yes(const SyncRequest& request) const {
    SyncAnswer answer{.host = request.host, .nonce = request.nonce, .zone_name = "south", .zone = id(200)};
    answer.acknowledged = request.sequence;
    answer.holds.digest = request.holds.digest;
    for (const Action& action : request.actions) answer.acknowledged_actions.push_back(action.id);
    answer.interval = Millis{1000};
    return answer;
  }
  /// The same with one command, id(5).
  SyncAnswer restart_within(Millis remaining) {
    SyncAnswer answer = yes(ask());
    answer.commands = {{.id = id(5),
                        .service = host.compute(),
                        .verb = Verb::restart,
                        .actor = "ops",
                        .remaining = remaining}};
    return answer;
  }
  AfterAnswer take(const SyncAnswer& answer) {
    const auto after = exchange.answered(answer, host.now.boot, host.now);
    EXPECT_TRUE(after) << after.error().message;
    return after.value_or(AfterAnswer{});
  }
  void join() { take(yes(ask())); }
  Hold rest_hold(std::uint8_t n) const {
    return {.id = id(n),
            .service = host.compute(),
            .owner = "ops",
            .actor = "ops",
            .reason = "kernel",
            .since = host.now.wall,
            .recorded = host.now.wall,
            .door = Door::rest,
            .enforce = all_enforcers()};
  }

  AHost host;
  Exchange exchange{*host.agent, id(100)};
  std::uint8_t nonces = 0;
};

}  // namespace nova::federation
