// SPDX-License-Identifier: Apache-2.0
// The contract of HoldStore on the fake and on real files.
#include "daemon/store/file_store.hpp"
#include "tests/unit/host/fakes.hpp"
#include "tests/unit/host/hold_store_contract.hpp"
#include "tests/unit/host_store/a_folder.hpp"
#include "tests/unit/host_store/faulty_disk.hpp"

namespace nova::host {
namespace {

class Fake final : public StoreUnderTest {
 public:
  HoldStore& open() override { return store_; }
  void set_full(bool full) override { store_.full = full; }

 private:
  FakeHoldStore store_;
};

class Files final : public StoreUnderTest {
 public:
  HoldStore& open() override {
    store_.reset();  // gives up the lock
    auto disk = std::make_unique<store::SteppingDisk>(
        *store::open_disk(folder_.path()),
        [this](const std::string& call) { return full_ && call == "written" ? -ENOSPC : 0; });
    store_ = *store::FileStore::open(std::move(disk), WallTime{}, random_uuid);
    return *store_;
  }
  void set_full(bool full) override { full_ = full; }

 private:
  store::AFolder folder_;
  bool full_ = false;
  std::unique_ptr<store::FileStore> store_;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(
    On, HoldStoreContract,
    testing::Values(std::pair<const char*, MakeStore>{"Fake", [] { return std::make_unique<Fake>(); }},
                    std::pair<const char*, MakeStore>{"Files", [] { return std::make_unique<Files>(); }}),
    name_of);

}  // namespace nova::host
