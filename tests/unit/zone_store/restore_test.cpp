// SPDX-License-Identifier: Apache-2.0
// A backup takes the store's place: whole or not at all, with nothing of the former one replayed into it.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "rest/store/sqlite_restore.hpp"
#include "rest/store/sqlite_store.hpp"
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

struct Restore : testing::Test {
  std::filesystem::path file() const { return scratch.path() / "zone.db"; }
  std::filesystem::path backup() const { return scratch.path() / "backup.db"; }
  std::unique_ptr<Store> open() const {
    auto opened = open_sqlite({.file = file(), .exclusive = true, .now = monday, .boot_id = "boot"});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  /// A daemon that does something and is killed: its log stays behind.
  void die_after(const std::function<void(Store&)>& work) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto store = open();
      work(*store);
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_GT(std::filesystem::file_size(file().string() + "-wal"), 0u);
  }
  Result<Restored> restore(const std::filesystem::path& from) const {
    const int fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    auto done = restore_sqlite(file(), fd, from.string(), monday);
    ::close(fd);
    return done;
  }
  Result<Restored> restore() const { return restore(backup()); }
  static Token token(const std::string& name) { return {.name = name, .hash = "of " + name}; }
  static std::vector<std::string> names(Store& store) {
    std::vector<std::string> found;
    const auto tokens = store.tokens();
    for (const auto& known : *tokens) found.push_back(known.name + (known.revoked ? " revoked" : ""));
    return found;
  }
  static void enrol(Store& store, const std::string& serial, std::uint8_t host, const std::string& name) {
    ASSERT_TRUE(store.add_join_token({.hash = serial, .host = name, .expires = monday + Millis{9}}));
    ASSERT_TRUE(store.enrol(serial, "key", {.host = id(host), .name = name, .since = monday},
                            {.serial = serial, .host = id(host), .issued = monday, .not_after = monday},
                            false));
  }

  Scratch scratch;
};

TEST_F(Restore, nothing_of_a_killed_daemons_log_is_replayed_into_the_backup) {
  {
    const auto store = open();
    ASSERT_TRUE(store->add_token(token("early")));
    ASSERT_TRUE(store->backup(backup()));
  }
  die_after([](Store& store) {
    for (int i = 0; i < 50; ++i) static_cast<void>(store.add_token(token("late " + std::to_string(i))));
  });
  const auto done = restore();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->not_carried_over, "");
  EXPECT_THAT(names(*open()), testing::ElementsAre("early"));
  SQLite::Database former(done->former.string());
  EXPECT_EQ(former.execAndGet("SELECT count(*) FROM tokens").getInt(), 51) << "it is kept, as one file";
  struct stat info {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(Restore, what_was_revoked_since_stays_revoked) {
  {
    const auto store = open();
    for (const char* name : {"anna", "otto"}) ASSERT_TRUE(store->add_token(token(name)));
    enrol(*store, "s1", 1, "compute1");
    enrol(*store, "s2", 2, "compute2");
    ASSERT_TRUE(store->backup(backup()));
    ASSERT_TRUE(store->revoke_token("otto", monday));
    ASSERT_TRUE(store->remove_enrolment(id(1), monday));
    ASSERT_TRUE(store->add_certificate({.serial = "s3", .host = id(2)}, "s2"));
    enrol(*store, "s4", 4, "compute4");
  }
  ASSERT_TRUE(restore());
  const auto store = open();
  EXPECT_THAT(names(*store), testing::ElementsAre("anna", "otto revoked"));
  EXPECT_TRUE((*store->find_certificate("s1"))->revoked);
  EXPECT_FALSE((*store->find_certificate("s2"))->revoked);
  EXPECT_TRUE(*store->find_certificate("s3")) << "nobody could revoke it";
  EXPECT_TRUE(*store->find_enrolment("compute4")) << "it is not locked out";
  EXPECT_FALSE(*store->find_join_token("s2")) << "a join token has an hour, not two lives";
}

TEST_F(Restore, is_refused_while_a_daemon_runs_and_where_the_file_is_no_backup) {
  const auto text = [&] {
    const std::string name = scratch.path() / "rubbish";
    std::ofstream(name) << std::string(8192, 'x');
    return name;
  }();
  std::ofstream(scratch.path() / "empty").flush();
  SQLite::Database((scratch.path() / "other").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE addresses (name TEXT)");
  {
    const auto store = open();
    ASSERT_TRUE(store->add_token(token("anna")));
    ASSERT_TRUE(store->backup(backup()));
    const auto running = restore();
    ASSERT_FALSE(running);
    EXPECT_THAT(running.error().message, testing::HasSubstr("stop novazoned.service"));
  }
  for (const std::string& bad :
       {text, (scratch.path() / "empty").string(), (scratch.path() / "other").string()})
    EXPECT_FALSE(restore(bad)) << bad;
  {
    const std::filesystem::path half = scratch.path() / "half";
    std::filesystem::copy_file(backup(), half);
    std::filesystem::resize_file(half, std::filesystem::file_size(half) / 2);
    EXPECT_FALSE(restore(half));
  }
  EXPECT_THAT(names(*open()), testing::ElementsAre("anna"));
  EXPECT_FALSE(std::filesystem::exists(file().string() + ".restore"));
}

TEST_F(Restore, works_where_the_former_store_is_damaged_or_gone) {
  {
    const auto store = open();
    ASSERT_TRUE(store->add_token(token("anna")));
    ASSERT_TRUE(store->backup(backup()));
  }
  std::ofstream(file()) << "rubbish";
  std::ofstream(file().string() + "-wal") << "rubbish of a log";
  const auto damaged = restore();
  ASSERT_TRUE(damaged) << damaged.error().message;
  EXPECT_NE(damaged->not_carried_over, "");
  EXPECT_THAT(names(*open()), testing::ElementsAre("anna"));
  std::filesystem::remove(file());
  std::ofstream(file().string() + "-wal") << "rubbish of a log";
  const auto gone = restore();
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_EQ(gone->former, "");
  EXPECT_THAT(names(*open()), testing::ElementsAre("anna"));
}

}  // namespace
}  // namespace nova::store
