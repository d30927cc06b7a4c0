// SPDX-License-Identifier: Apache-2.0
// The state directory: the first start, and files that are lost or broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/file_store.hpp"
#include "tests/unit/host/hold_store_contract.hpp"
#include "tests/unit/host_store/a_folder.hpp"
#include "tests/unit/host_store/faulty_disk.hpp"

using namespace nova;
using namespace nova::store;
using testing::HasSubstr;

namespace {

const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Result<std::unique_ptr<FileStore>> open(const AFolder& folder) {
  auto disk = open_disk(folder.path());
  if (!disk) return std::unexpected(disk.error());
  return FileStore::open(std::move(*disk), now, random_uuid);
}

}  // namespace

TEST(FirstStart, MakesAnIdThatStaysAndAnEmptyState) {
  const AFolder folder;
  const auto id = (*open(folder))->host_id();
  EXPECT_FALSE(id.is_nil());
  EXPECT_EQ((*open(folder))->host_id(), id);
  const auto state = (*open(folder))->load();
  EXPECT_EQ(*state, host::Saved{.born = now});
}

TEST(FirstStart, FilesAreForTheDaemonOnly) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  for (const char* name : {"host-id", "holds.json"}) {
    struct stat facts {};
    ASSERT_EQ(stat((folder.path() / name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U) << name;
  }
}

TEST(Directory, WhatRootWritesBelongsToItsOwner) {
  if (geteuid() != 0) return;  // only root can make it somebody else's; tests/run is root
  const AFolder folder;
  ASSERT_EQ(chown(folder.path().c_str(), 1234, 1234), 0);
  ASSERT_TRUE(FileStore::forget_holds(**open_disk(folder.path()), now));
  struct stat facts {};
  ASSERT_EQ(stat((folder.path() / "holds.json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 1234U);
}

TEST(CopiedMachine, ThatBecomesANewHostPutsTheHoldsOfTheOldOneAside) {
  const AFolder folder;
  ASSERT_TRUE((*open(folder))->save(host::a_state(7)));
  ASSERT_TRUE((*open(folder))->archive(host::a_pair(1)));
  const auto former_id = (*open(folder))->host_id();
  const auto former = folder.text("holds.json");
  EXPECT_EQ((*open(folder))->notice(), "");
  std::filesystem::remove(folder.path() / "host-id");

  const auto store = *open(folder);
  EXPECT_NE(store->host_id(), former_id);
  EXPECT_EQ(*store->load(), host::Saved{.born = now}) << "no service of this host can be meant by them";
  EXPECT_TRUE(store->archived().releases.empty());
  EXPECT_EQ(folder.text("holds.json.former"), former);
  EXPECT_THAT(store->notice(), HasSubstr("holds.json.former"));
}

TEST(CopiedMachine, WhoseHoldsCannotBeReadStopsTheStart) {
  const AFolder folder;
  folder.write("holds.json", "broken");
  EXPECT_FALSE((*open(folder))->load());
  EXPECT_EQ(folder.text("holds.json"), "broken");
}

TEST(FirstStart, ThatWasInterruptedBeginsAgain) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  std::filesystem::remove(folder.path() / "host-id");
  EXPECT_EQ((*open(folder))->notice(), "") << "there was nothing in it";
}

TEST(SecondDaemon, IsRefused) {
  const AFolder folder;
  const auto first = open(folder);
  const auto second = open(folder);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("another novahostd uses it"));
}

TEST(LostHolds, StopTheStartAndAreNeverSilentlyNone) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  std::filesystem::remove(folder.path() / "holds.json");
  const auto state = (*open(folder))->load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("it is gone, although this host has been set up"));
  EXPECT_THAT(state.error().message, HasSubstr("novahostd --forget-holds"));
}

TEST(LostHolds, AreForgottenWhenAskedForAndKeptAside) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  folder.write("holds.json", "broken");
  ASSERT_FALSE((*open(folder))->load());
  ASSERT_TRUE(FileStore::forget_holds(**open_disk(folder.path()), now));
  EXPECT_EQ(*(*open(folder))->load(), host::Saved{.born = now});
  EXPECT_EQ(folder.text("holds.json.forgotten"), "broken");
}

TEST(LostHolds, ForgottenTwiceAreBothKept) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  for (const char* text : {"broken", "", "again"}) {
    folder.write("holds.json", text);
    ASSERT_TRUE(FileStore::forget_holds(**open_disk(folder.path()), now));
  }
  EXPECT_EQ(folder.text("holds.json.forgotten"), "broken");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "holds.json.forgotten.2"));
  EXPECT_EQ(folder.text("holds.json.forgotten.3"), "again");
}

TEST(Start, OnADiskThatFailsIsAnErrorThatMayPass) {
  for (int failing = 1;; ++failing) {
    const AFolder folder;
    folder.write("host-id", to_string(random_uuid()) + "\n");
    folder.write("holds.json", StateText().of(host::a_state(1)));
    int calls = 0;
    auto disk = std::make_unique<SteppingDisk>(
        *open_disk(folder.path()), [&](const std::string&) { return ++calls == failing ? -EIO : 0; });
    const auto store = FileStore::open(std::move(disk), now, random_uuid);
    const auto state = store ? (*store)->load() : std::unexpected(store.error());
    if (calls < failing) break;
    ASSERT_FALSE(state) << failing;
    EXPECT_EQ(state.error().code, Errc::storage_failed);
  }
}

struct Broken {
  const char* name;
  std::function<std::string(std::string)> how;
  const char* says;
};

class BrokenHolds : public testing::TestWithParam<Broken> {};

TEST_P(BrokenHolds, StopTheStartWithAReason) {
  const AFolder folder;
  ASSERT_TRUE((*open(folder))->save(host::a_state(1)));
  folder.write("holds.json", GetParam().how(folder.text("holds.json")));
  const auto state = (*open(folder))->load();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::invalid_argument) << "starting again does not help";
  EXPECT_THAT(state.error().message, HasSubstr(GetParam().says));
  EXPECT_THAT(state.error().message, HasSubstr("holds.json"));
}

namespace {

std::function<std::string(std::string)> swap_text(const std::string& from, const std::string& to) {
  return [from, to](std::string text) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("the case does not fit the file: " + from);
    return text.replace(at, from.size(), to);
  };
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, BrokenHolds,
    testing::Values(
        Broken{"Empty", [](const std::string&) { return ""; }, "cannot read"},
        Broken{"CutOff", [](const std::string& all) { return all.substr(0, all.size() / 2); }, "cannot read"},
        Broken{"Zeros", [](const std::string& all) { return std::string(all.size(), '\0'); }, "cannot read"},
        Broken{"NoObject", [](const std::string&) { return "[]"; }, "it is no JSON object"},
        Broken{"NoFormat", swap_text("\"format\"", "\"tamrof\""), "its \"format\" is missing"},
        Broken{"NewerFormat", swap_text("\"format\":1", "\"format\":2"), "its format is 2"},
        Broken{"NoHolds", swap_text("\"holds\"", "\"sdloh\""), "its \"holds\" is missing"},
        Broken{"UnknownField", swap_text("\"format\":1", "\"format\":1,\"more\":1"),
               "fields that this version does not know"},
        Broken{"UnknownFieldOfAHold", swap_text("\"owner\":", "\"colour\":\"red\",\"owner\":"), "colour"},
        Broken{"OwnerOfAnotherType", swap_text("\"owner\":\"ops\"", "\"owner\":7"), "owner"},
        Broken{"BadTime", swap_text("\"born\":\"2026", "\"born\":\"20x6"), "born"},
        Broken{"BadId", swap_text("\"lapsed\":[\"", "\"lapsed\":[\"zz"), "lapsed[0]"}),
    [](const testing::TestParamInfo<Broken>& test) { return test.param.name; });

TEST(BrokenFile, HostIdStopsTheStart) {
  const AFolder folder;
  ASSERT_TRUE(open(folder));
  folder.write("host-id", "no id\n");
  EXPECT_THAT(open(folder).error().message, HasSubstr("it has to be one UUID"));
}

TEST(BrokenFile, HistoryStopsTheStart) {
  const AFolder folder;
  ASSERT_TRUE((*open(folder))->archive(host::a_pair(1)));
  folder.write("history.json", "{");
  EXPECT_THAT(open(folder).error().message, HasSubstr("history.json"));
}

TEST(Directory, ThatIsAFileIsAClearError) {
  const AFolder folder;
  folder.write("state", "");
  const auto disk = open_disk(folder.path() / "state");
  ASSERT_FALSE(disk);
  EXPECT_THAT(disk.error().message, HasSubstr("cannot use " + (folder.path() / "state").string()));
}
