// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "rest/admin_commands.hpp"
#include "rest/http/access.hpp"
#include "rest/store/sqlite_store.hpp"

namespace nova::zone {
namespace {

using testing::HasSubstr;

const WallTime now = *parse_rfc3339("2026-11-23T03:19:00Z");

class Admin : public testing::Test {
 protected:
  Admin() {
    std::string pattern = testing::TempDir() + "/nova-admin-XXXXXX";
    config_.state_directory = ::mkdtemp(pattern.data());
    // The daemon, which runs beside the commands and holds the store's lock.
    daemon_ = *store::open_sqlite(
        {.file = config_.state_directory / "zone.db", .exclusive = true, .now = now, .boot_id = "x"});
  }
  ~Admin() override {
    daemon_.reset();
    std::filesystem::remove_all(config_.state_directory);
  }

  Config config_;
  std::unique_ptr<store::Store> daemon_;
};

TEST_F(Admin, ATokenStandsAloneAndOnlyItsHashIsKept) {
  const auto output = run({.create_token = "anna", .role = "admin"}, config_, now);
  ASSERT_TRUE(output) << output.error().message;
  const std::string token = output->substr(0, output->size() - 1);
  EXPECT_EQ(*output, token + "\n");
  EXPECT_TRUE(token.starts_with("nova_"));
  const auto stored = *daemon_->tokens();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].hash, http::token_hash(token));
  EXPECT_EQ(stored[0].role, Role::admin);
}

TEST_F(Admin, ListsAndRevokes) {
  ASSERT_TRUE(run({.create_token = "anna", .role = "admin"}, config_, now));
  ASSERT_TRUE(run({.revoke_token = "anna"}, config_, now));
  const auto list = run({.list_tokens = true}, config_, now);
  EXPECT_THAT(*list, HasSubstr("anna\tadmin"));
  EXPECT_THAT(*list, HasSubstr("revoked"));
  EXPECT_FALSE(run({.revoke_token = "anna"}, config_, now));
  EXPECT_FALSE(run({.revoke_token = "nobody"}, config_, now));
}

TEST_F(Admin, MistakesAreNamedAndChangeNothing) {
  EXPECT_THAT(run({.create_token = "anna", .role = "root"}, config_, now).error().message,
              HasSubstr("reader"));
  EXPECT_THAT(run({.create_token = ""}, config_, now).error().message, HasSubstr("name"));
  EXPECT_THAT(run({.create_token = "a\nb"}, config_, now).error().message, HasSubstr("name"));
  ASSERT_TRUE(run({.create_token = "anna"}, config_, now));
  EXPECT_FALSE(run({.create_token = "anna"}, config_, now));
  EXPECT_EQ(daemon_->tokens()->size(), 1U);
  config_.state_directory = "/nonexistent/novazone";
  EXPECT_THAT(run({.list_tokens = true}, config_, now).error().message, HasSubstr("novazoned.service"));
}

TEST_F(Admin, ABackupIsTakenWhileTheZoneRuns) {
  ASSERT_TRUE(run({.create_token = "anna"}, config_, now));
  const auto copy = config_.state_directory / "copy.db";
  ASSERT_TRUE(run({.backup = copy.string()}, config_, now));
  const auto opened = store::open_sqlite({.file = copy, .exclusive = false, .now = now, .boot_id = "x"});
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->tokens()->size(), 1U);
  EXPECT_FALSE(run({.backup = copy.string()}, config_, now));  // never over an earlier one
}

TEST_F(Admin, ABackupIsPutBackWhereNoZoneRuns) {
  const std::string copy = config_.state_directory / "copy.db";
  ASSERT_TRUE(run({.create_token = "anna"}, config_, now));
  ASSERT_TRUE(run({.backup = copy}, config_, now));
  ASSERT_TRUE(run({.create_token = "late"}, config_, now));
  EXPECT_THAT(run({.restore = copy}, config_, now).error().message, HasSubstr("stop novazoned.service"));
  EXPECT_THAT(run({.restore = copy + "-no"}, config_, now).error().message, HasSubstr("No such file"));
  daemon_.reset();
  std::ofstream(copy + "-wal") << "x";
  EXPECT_THAT(run({.restore = copy}, config_, now).error().message, HasSubstr("in use"));
  std::filesystem::remove(copy + "-wal");
  const auto told = run({.restore = copy}, config_, now);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(*told, HasSubstr("zone.db.before-2026-11-23T03:19:00.000Z"));
  const auto list = run({.list_tokens = true}, config_, now);
  EXPECT_THAT(*list, HasSubstr("anna"));
  EXPECT_THAT(*list, testing::Not(HasSubstr("late")));
}

TEST_F(Admin, ABackupThatCannotBeTakenLeavesNothingBehind) {
  daemon_.reset();
  std::filesystem::remove(config_.state_directory / "zone.db");
  const auto refused = run({.backup = config_.state_directory / "copy.db"}, config_, now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("start novazoned.service once"));
  EXPECT_FALSE(std::filesystem::exists(config_.state_directory / "copy.db"));
  EXPECT_FALSE(std::filesystem::exists(config_.state_directory / "zone.db"));
}

}  // namespace
}  // namespace nova::zone
