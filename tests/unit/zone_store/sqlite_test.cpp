// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "rest/store/sqlite_schema.hpp"
#include "rest/store/sqlite_store.hpp"
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

struct Sqlite : testing::Test {
  Result<std::unique_ptr<Store>> open(const std::string& name = "zone.db", bool exclusive = true) {
    return open_sqlite(
        {.file = scratch.path() / name, .exclusive = exclusive, .now = monday, .boot_id = "boot"});
  }
  zone::Durable holding(std::uint8_t number) const {
    return {.holds = {{id(1), {.adds = {a_hold(number, id(0x33))}}}}};
  }
  std::size_t count(Store& store) {
    const auto memory = store.load(monday);
    return memory && memory->holds.contains(id(1)) ? memory->holds.at(id(1)).adds.size() : 0;
  }

  Scratch scratch;
};

TEST_F(Sqlite, belongs_to_one_daemon_and_names_the_other) {
  const auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_THAT(second.error().message, testing::HasSubstr(std::to_string(::getpid())));
}

TEST_F(Sqlite, lets_an_administrators_command_work_beside_the_daemon) {
  const auto daemon = open();
  const auto command = open("zone.db", false);
  ASSERT_TRUE(command) << command.error().message;
  ASSERT_TRUE((*command)->add_token({.name = "ops", .hash = "h"}));
  EXPECT_EQ((*daemon)->tokens()->size(), 1u) << "the daemon sees it at once";
}

TEST_F(Sqlite, answers_readers_while_a_write_waits_for_the_disk) {
  const auto store = open();
  const auto recorded = an_action(1, id(1), id(0x33));
  ASSERT_TRUE((*store)->write({.actions = {recorded}}, monday));
  // Whoever has the file's one place for writers makes ours wait, as a slow disk would.
  SQLite::Database disk((scratch.path() / "zone.db").string(), SQLite::OPEN_READWRITE);
  std::optional<SQLite::Transaction> slow;
  slow.emplace(disk, SQLite::TransactionBehavior::IMMEDIATE);
  std::atomic<bool> begun = false;
  std::atomic<bool> written = false;
  std::thread writing([&] {
    begun = true;
    EXPECT_TRUE((*store)->write({.actions = {an_action(2, id(1), id(0x33))}}, monday));
    written = true;
  });
  while (!begun) std::this_thread::yield();
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ((*store)->action(recorded.action.id)->value().action, recorded.action);
    ASSERT_EQ((*store)->actions(id(0x33), 10, {})->size(), 1u);
    ASSERT_TRUE((*store)->tokens());
  }
  EXPECT_FALSE(written);
  slow.reset();
  writing.join();
  EXPECT_EQ((*store)->actions(id(0x33), 10, {})->size(), 2u);
}

TEST_F(Sqlite, is_readable_by_its_owner_only) {
  const auto store = open();
  for (const char* name : {"zone.db", "zone.db-wal", "zone.db.lock"}) {
    struct stat found {};
    ASSERT_EQ(::stat((scratch.path() / name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(Sqlite, says_where_the_directory_is_missing) {
  const auto store = open("nowhere/zone.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::storage_failed);
  EXPECT_THAT(store.error().message, testing::HasSubstr("nowhere/zone.db.lock: No such file"));
}

TEST_F(Sqlite, brings_an_older_schema_up_to_date_with_what_is_in_it) {
  {
    SQLite::Database old((scratch.path() / "zone.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(schema_steps()[0]);
    old.exec("PRAGMA application_id=" + std::to_string(application_id));
    old.exec("PRAGMA user_version=1");
    old.exec("INSERT INTO meta VALUES ('zone', x'0102030405060708090a0b0c0d0e0f10'), ('born', 1000)");
    old.exec(
        "INSERT INTO hosts VALUES (x'01010101010101010101010101010101', 'compute1', 5, 'compute1', '', "
        "'', '', '', '', '', NULL, 0.5)");
    old.exec("INSERT INTO tokens (name, role, hash, created) VALUES ('ops', 'admin', 'h', 5)");
  }
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  const auto memory = (*store)->load(monday);
  ASSERT_TRUE(memory) << memory.error().message;
  EXPECT_EQ(memory->born, WallTime{Millis{1000}}) << "it keeps its birthday";
  ASSERT_EQ(memory->hosts.size(), 1u);
  EXPECT_EQ(memory->hosts[0].name, "compute1");
  EXPECT_THAT(memory->forgotten, testing::ElementsAre(std::pair(WallTime{}, monday)));
  EXPECT_EQ((*store)->tokens()->size(), 1u);
  SQLite::Database now((scratch.path() / "zone.db").string());
  EXPECT_EQ(now.execAndGet("PRAGMA user_version").getInt(), int(schema_steps().size()));
}

TEST_F(Sqlite, keeps_what_left_the_set_as_history_until_it_is_forgotten) {
  const auto store = open();
  const zone::HostDelta pair{
      id(1),
      {.adds = {a_hold(1, id(0x33))}, .releases = {{.hold = id(0xa0, 1), .actor = "bob", .at = monday}}}};
  ASSERT_TRUE((*store)->write({.holds = {pair}}, monday));
  ASSERT_TRUE((*store)->write({.pruned = {pair}}, monday));
  EXPECT_EQ(count(**store), 0u);
  const auto on_the_disk = [&] {
    SQLite::Database file((scratch.path() / "zone.db").string());
    return file
        .execAndGet("SELECT count(*) FROM holds JOIN releases ON hold = id WHERE releases.actor = 'bob'")
        .getInt();
  };
  EXPECT_EQ(on_the_disk(), 1) << "who released it can still be read from the file, or from a backup";
  ASSERT_TRUE((*store)->forget(monday, 100));
  EXPECT_EQ(on_the_disk(), 1);
  ASSERT_TRUE((*store)->forget(monday + Millis{1}, 100));
  EXPECT_EQ(on_the_disk(), 0);
}

TEST_F(Sqlite, is_made_by_the_daemon_only) {
  const auto command = open("zone.db", false);
  ASSERT_FALSE(command);
  EXPECT_THAT(command.error().message, testing::HasSubstr("start novazoned.service once"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "zone.db"));
}

TEST_F(Sqlite, is_never_altered_under_a_daemon_of_an_older_version) {
  auto daemon = open();
  const auto version = [&] {
    SQLite::Database file((scratch.path() / "zone.db").string());
    return file.execAndGet("PRAGMA user_version").getInt();
  };
  {
    SQLite::Database file((scratch.path() / "zone.db").string(), SQLite::OPEN_READWRITE);
    file.exec("DROP TABLE forgotten");
    file.exec("PRAGMA user_version=1");
  }
  const auto beside = open("zone.db", false);
  ASSERT_FALSE(beside);
  EXPECT_EQ(beside.error().code, Errc::conflict);
  EXPECT_THAT(beside.error().message, testing::HasSubstr("restart novazoned.service"));
  EXPECT_EQ(version(), 1);
  daemon->reset();
  EXPECT_TRUE(open("zone.db", false)) << "nobody uses it: it may be brought up to date";
  EXPECT_EQ(version(), int(schema_steps().size()));
}

TEST_F(Sqlite, refuses_a_newer_schema_and_leaves_it_alone) {
  ASSERT_TRUE(open());
  SQLite::Database file((scratch.path() / "zone.db").string(), SQLite::OPEN_READWRITE);
  file.exec("PRAGMA user_version=99");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("newer version of novazoned"));
  EXPECT_EQ(file.execAndGet("PRAGMA user_version").getInt(), 99);
}

TEST_F(Sqlite, refuses_what_is_not_its_own) {
  {
    SQLite::Database other((scratch.path() / "zone.db").string(),
                           SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE addresses (name TEXT)");
  }
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, testing::HasSubstr("another program's database"));

  std::ofstream(scratch.path() / "text.db") << std::string(8192, 'x');
  const auto text = open("text.db");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::storage_failed);
  EXPECT_THAT(text.error().message, testing::HasSubstr("--restore"));
}

TEST_F(Sqlite, a_step_that_does_not_fit_on_the_disk_leaves_nothing_behind) {
  const auto store = open();
  ASSERT_TRUE((*store)->write(holding(1), monday));
  const auto used = std::filesystem::file_size(scratch.path() / "zone.db-wal");
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = used + 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = (*store)->write(holding(2), monday);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, former);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::storage_failed);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("nothing was changed"));
  EXPECT_EQ(count(**store), 1u);
  EXPECT_TRUE((*store)->write(holding(3), monday)) << "with room again it goes on";
  EXPECT_EQ(count(**store), 2u);
}

TEST_F(Sqlite, a_backup_taken_under_load_is_whole_and_opens_as_a_store) {
  const auto store = open();
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread busy([&] {
    for (std::uint8_t i = 1; i < 250 && !stop; ++i)
      if ((*store)->write(holding(i), monday)) ++written;
  });
  while (written < 5) std::this_thread::yield();
  const int before = written;
  const auto copied = (*store)->backup(scratch.path() / "backup.db");
  stop = true;
  busy.join();
  ASSERT_TRUE(copied) << copied.error().message;
  const auto copy = open("backup.db");
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_GE(count(**copy), std::size_t(before));
  EXPECT_EQ((*copy)->load(monday)->zone, (*store)->load(monday)->zone);
}

TEST_F(Sqlite, a_backup_overwrites_nothing) {
  const auto store = open();
  std::ofstream(scratch.path() / "precious") << "text";
  const auto copied = (*store)->backup(scratch.path() / "precious");
  ASSERT_FALSE(copied);
  EXPECT_THAT(copied.error().message, testing::HasSubstr("File exists"));
  EXPECT_EQ(std::filesystem::file_size(scratch.path() / "precious"), 4u);
}

TEST_F(Sqlite, the_lock_ends_with_its_process) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto mine = open();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(open());
}

}  // namespace
}  // namespace nova::store
