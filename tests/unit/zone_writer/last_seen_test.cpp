// SPDX-License-Identifier: Apache-2.0
// How old a host's facts are, said by a zone that was started anew: on the real store.
#include "rest/store/sqlite_store.hpp"
#include "rest/writer/zone_writer.hpp"
#include "tests/unit/zone/stage.hpp"
#include "tests/unit/zone_store/scratch.hpp"

namespace nova::writer {
namespace {

using zone::stage::HostSim;
using zone::stage::id;
using zone::stage::monday;

struct LastSeen : testing::Test {
  LastSeen() : compute1(1, "compute1") {
    start("zone.db");
    hear(compute1.full());
    heartbeats(3);  // its facts are on the disk
  }
  ~LastSeen() override { writer.reset(); }

  void start(const std::string& file) {
    writer.reset();
    store.reset();
    auto opened = store::open_sqlite({.file = scratch.path() / file, .now = now.wall, .boot_id = "boot"});
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    auto made = make_writer({.name = "south",
                             .clock = [this] { return now; },
                             .new_id = [this] { return id(0xaa, ++ids); },
                             .jitter = [] { return 0.5; },
                             .note = [](const zone::Note&) {},
                             .own_thread = false},
                            *store);
    ASSERT_TRUE(made) << made.error().message;
    writer = std::move(*made);
  }
  /// What a zone that is killed now finds when it is started: what is on the disk.
  void kill_and_start() {
    ASSERT_TRUE(store->backup(scratch.path() / "as-killed.db"));
    start("as-killed.db");
  }
  void run_on(Millis time) {
    now.wall += time;
    now.boot += time;
    writer->run();
  }
  void hear(const protocol::SyncRequest& report) {
    const auto answer = writer->sync(report);
    ASSERT_TRUE(answer) << answer.error().message;
    compute1.take(*answer, now);
  }
  /// For minutes it says nothing but that it is there. @return when it did so last
  WallTime heartbeats(int count = 600) {
    for (int i = 0; i < count; ++i) {
      run_on(Millis{1000});
      hear(compute1.heartbeat());
    }
    return now.wall;
  }
  WallTime last_seen() { return writer->snapshot()->find_host("compute1")->pulse->last_seen(); }

  store::Scratch scratch;
  Now now{.wall = monday, .boot = BootTime{Millis{5'000'000}}, .synchronised = true};
  HostSim compute1;
  std::uint8_t ids = 0;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<TimedWriter> writer;
};

TEST_F(LastSeen, outlives_a_planned_stop_of_the_zone) {
  const WallTime last = heartbeats();
  run_on(Millis{500});
  start("zone.db");
  EXPECT_EQ(last_seen(), last);
}

TEST_F(LastSeen, of_a_lost_host_outlives_a_crash_of_the_zone) {
  const WallTime last = heartbeats();
  while (writer->snapshot()->find_host("compute1")->presence == zone::Presence::up) run_on(Millis{200});
  run_on(Millis{2500});
  kill_and_start();
  EXPECT_EQ(last_seen(), last);
}

TEST_F(LastSeen, of_a_host_that_said_goodbye_outlives_a_crash_of_the_zone) {
  heartbeats();
  auto goodbye = compute1.heartbeat();
  goodbye.leaving = true;
  run_on(Millis{500});
  hear(goodbye);
  const WallTime last = now.wall;
  run_on(Millis{2500});
  kill_and_start();
  EXPECT_EQ(last_seen(), last);
}

TEST_F(LastSeen, costs_nothing_while_a_host_is_heard) {
  const WallTime last = heartbeats();
  kill_and_start();
  EXPECT_LT(last_seen(), last - std::chrono::minutes{9}) << "no heartbeat is written";
}

}  // namespace
}  // namespace nova::writer
