// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "rest/store/store.hpp"
#include "tests/unit/zone_store/scratch.hpp"

namespace nova::store {

inline const WallTime monday = *parse_rfc3339("2026-11-23T06:00:00Z");

/// A readable id: all bytes alike but the last.
inline Uuid id(std::uint8_t kind, std::uint8_t number = 0) {
  Uuid made;
  made.bytes.fill(kind);
  made.bytes.back() = number;
  return made;
}

/// One implementation of the store, as the contract's cases use it.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Store& store() = 0;
  /// Ends the process, so to speak, and starts it again; with `booted` the machine too.
  virtual void restart(bool booted) = 0;
};

/// The same cases for every implementation: the fake and SQLite.
struct Contract : testing::TestWithParam<std::function<std::unique_ptr<Subject>()>> {
  Contract() : subject(GetParam()()) {}

  Store& store() { return subject->store(); }
  zone::Memory loaded(WallTime now = monday) {
    auto memory = store().load(now);
    EXPECT_TRUE(memory) << memory.error().message;
    return memory.value_or(zone::Memory{});
  }
  void write(const zone::Durable& step, WallTime now = monday) {
    const auto written = store().write(step, now);
    EXPECT_TRUE(written) << written.error().message;
  }

  std::unique_ptr<Subject> subject;
};

std::unique_ptr<Subject> fake_subject();
std::unique_ptr<Subject> sqlite_subject();

/// Records with every member set.
Hold a_hold(std::uint8_t number, const Uuid& service);
zone::ActionRecord an_action(std::uint8_t number, const Uuid& host, const Uuid& service);
zone::HostRecord a_host(std::uint8_t number, const std::string& name);

}  // namespace nova::store
