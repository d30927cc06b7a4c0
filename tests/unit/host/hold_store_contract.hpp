// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "daemon/host/hold_store.hpp"

namespace nova::host {

/// What the suite needs from an implementation under test: one disk, opened again and again, that can be
/// full.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual HoldStore& open() = 0;  ///< (again), as after a restart
  virtual void set_full(bool full) = 0;
};

using MakeStore = std::function<std::unique_ptr<StoreUnderTest>()>;

/// The contract of HoldStore; run on the fake and on the real thing.
class HoldStoreContract : public testing::TestWithParam<std::pair<const char*, MakeStore>> {
 protected:
  std::unique_ptr<StoreUnderTest> store_ = GetParam().second();
};

inline std::string name_of(const testing::TestParamInfo<std::pair<const char*, MakeStore>>& test) {
  return test.param.first;
}

/// A state with something in every part. `n` makes it another one.
Saved a_state(int n);
/// A hold and its release at minute `n`.
HoldDelta a_pair(int n);

}  // namespace nova::host
