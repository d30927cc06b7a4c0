// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/unit/host/hold_store_contract.hpp"

namespace nova::host {
namespace {

constexpr Uuid space{
    {0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x82, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42}};
const WallTime day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Uuid id(const std::string& what, int n) {
  return name_uuid(space, what + std::to_string(n));
}

}  // namespace

HoldDelta a_pair(int n) {
  const WallTime at = day + std::chrono::minutes{n};
  const Hold hold{.id = id("hold", n),
                  .service = id("service", 0),
                  .owner = "ops",
                  .actor = "alice",
                  .reason = "Plattentausch \"ö\" \\ " + std::to_string(n),
                  .since = at,
                  .recorded = at,
                  .until = at + std::chrono::hours{1},
                  .door = Door::bus,
                  .enforce = {Enforcer::gate}};
  return {{hold}, {{hold.id, "bob", at + std::chrono::seconds{1}, Door::rest, "override by bob"}}};
}

Saved a_state(int n) {
  Saved state{.born = day, .holds = a_pair(n), .lapsed = {}, .actions = {}, .spent = {id("spent", n)}};
  state.holds.adds.push_back(a_pair(n + 1000).adds[0]);
  std::ranges::sort(state.holds.adds, {}, &Hold::id);
  state.lapsed = {a_pair(n + 1000).adds[0].id};
  state.actions.push_back({.id = id("action", n),
                           .service = id("service", 0),
                           .verb = Verb::restart,
                           .actor = "carol",
                           .door = Door::rest,
                           .reason = "",
                           .requested = day,
                           .finished = std::nullopt,
                           .outcome = Outcome::running,
                           .message = "",
                           .hold = std::nullopt});
  return state;
}

TEST_P(HoldStoreContract, WhatWasSavedLastIsLoaded) {
  ASSERT_TRUE(store_->open().save(a_state(1)));
  ASSERT_TRUE(store_->open().save(a_state(2)));
  EXPECT_EQ(*store_->open().load(), a_state(2));
}

TEST_P(HoldStoreContract, ARecordThatChangedIsSavedAsItIsNow) {
  HoldStore& store = store_->open();
  auto state = a_state(1);
  ASSERT_TRUE(store.save(state));
  state.actions[0].outcome = Outcome::succeeded;
  state.actions[0].finished = state.actions[0].requested;
  state.holds.releases[0].actor = "dave";
  ASSERT_TRUE(store.save(state));
  EXPECT_EQ(*store_->open().load(), state);
}

TEST_P(HoldStoreContract, AFullDiskSaysSoAndKeepsTheStateBefore) {
  ASSERT_TRUE(store_->open().save(a_state(1)));
  HoldStore& store = store_->open();
  ASSERT_TRUE(store.load());
  store_->set_full(true);
  const auto saved = store.save(a_state(2));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, Errc::storage_failed);
  EXPECT_TRUE(saved.error().message.starts_with("cannot write ")) << saved.error().message;
  store_->set_full(false);
  EXPECT_EQ(*store_->open().load(), a_state(1));
}

TEST_P(HoldStoreContract, SavingWorksAgainWhenThereIsRoom) {
  HoldStore& store = store_->open();
  store_->set_full(true);
  ASSERT_FALSE(store.save(a_state(1)));
  store_->set_full(false);
  ASSERT_TRUE(store.save(a_state(2)));
  EXPECT_EQ(*store_->open().load(), a_state(2));
}

TEST_P(HoldStoreContract, TheHistoryIsKeptOnceEachOldestReleaseFirst) {
  ASSERT_TRUE(store_->open().archive(a_pair(2)));
  ASSERT_TRUE(store_->open().archive(a_pair(1)));
  ASSERT_TRUE(store_->open().archive(a_pair(2)));
  const auto& archived = store_->open().archived();
  ASSERT_EQ(archived.releases.size(), 2U);
  EXPECT_EQ(archived.releases[0], a_pair(1).releases[0]);
  EXPECT_EQ(archived.releases[1], a_pair(2).releases[0]);
}

TEST_P(HoldStoreContract, TheHistoryIsBoundedAndTheOldestGoes) {
  HoldDelta many;
  const int count = static_cast<int>(HoldStore::archive_size);
  for (int n = 0; n <= count; ++n) {
    many.adds.push_back(a_pair(n).adds[0]);
    many.releases.push_back(a_pair(n).releases[0]);
  }
  ASSERT_TRUE(store_->open().archive(many));
  const auto& archived = store_->open().archived();
  EXPECT_EQ(archived.releases.size(), HoldStore::archive_size);
  EXPECT_EQ(archived.adds.size(), HoldStore::archive_size);
  EXPECT_EQ(archived.releases.front(), a_pair(1).releases[0]);
}

TEST_P(HoldStoreContract, AHistoryThatCannotBeWrittenIsUnchanged) {
  ASSERT_TRUE(store_->open().archive(a_pair(1)));
  HoldStore& store = store_->open();
  store_->set_full(true);
  EXPECT_EQ(store.archive(a_pair(2)).error().code, Errc::storage_failed);
  EXPECT_EQ(store.archived().releases.size(), 1U);
}

}  // namespace nova::host
