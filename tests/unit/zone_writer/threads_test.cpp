// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <condition_variable>
#include <latch>
#include <thread>

#include "rest/store/sqlite_store.hpp"
#include "tests/unit/zone_store/scratch.hpp"
#include "tests/unit/zone_writer/desk.hpp"

namespace nova::writer {
namespace {

/// Something that another thread brings about.
class Event {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

/// A writer with its own thread and the real clocks.
struct Threads : testing::Test {
  void start(store::Store& given) {
    auto options = default_options("south");
    options.note = [this](const zone::Note& note) {
      if (note.what == zone::Note::What::action_unknown) unknown_noted = true;
      if (note.what == zone::Note::What::host_lost) lost.set();
    };
    auto made = make_writer(std::move(options), given);
    ASSERT_TRUE(made) << made.error().message;
    writer = std::move(*made);
  }
  static ActionRequest ask(Verb verb, const HostSim& host, const std::string& actor = "alice") {
    return {.service = host.service(), .verb = verb, .caller = {.actor = actor, .door = Door::rest}};
  }
  void exchange(HostSim& host, const protocol::SyncRequest& report) {
    const auto answer = writer->sync(report);
    ASSERT_TRUE(answer) << answer.error().message;
    host.take(*answer, system_now());
  }

  store::FakeStore store{monday};
  Event lost;
  std::atomic<bool> unknown_noted = false;
  std::unique_ptr<TimedWriter> writer;
};

TEST_F(Threads, steps_that_come_while_the_disk_works_share_one_write) {
  start(store);
  constexpr int count = 20;
  std::vector<std::unique_ptr<HostSim>> hosts;
  for (int i = 0; i < count; ++i)
    hosts.push_back(std::make_unique<HostSim>(std::uint8_t(i + 1), "compute" + std::to_string(i)));
  for (const auto& host : hosts) exchange(*host, host->full());

  Event writing;
  Event go_on;
  std::atomic<bool> first = true;
  store.before_write([&] {
    if (!first.exchange(false)) return;
    writing.set();
    go_on.wait();
  });
  const int before = store.writes();
  std::thread slow([&] { EXPECT_TRUE(writer->act(ask(Verb::pause, *hosts[0]))); });
  ASSERT_TRUE(writing.wait());
  std::latch begun(count - 1);
  std::vector<std::thread> others;
  for (int i = 1; i < count; ++i)
    others.emplace_back([&, i] {
      begun.count_down();
      EXPECT_TRUE(writer->act(ask(Verb::pause, *hosts[std::size_t(i)])));
    });
  begun.wait();
  // A heartbeat is answered while the disk works, even of the host whose hold is on its way.
  exchange(*hosts[0], hosts[0]->heartbeat());
  exchange(*hosts[1], hosts[1]->heartbeat());
  go_on.set();
  slow.join();
  for (std::thread& other : others) other.join();
  EXPECT_LT(store.writes() - before, count) << "some have shared";
  for (const auto& host : hosts)
    EXPECT_TRUE(writer->snapshot()->find_service(host->service())->pause.held) << host->name_;
  writer.reset();  // it writes once more
}

TEST_F(Threads, pauses_of_one_owner_at_once_end_in_one_hold) {
  start(store);
  HostSim compute1(1, "compute1");
  exchange(compute1, compute1.full());
  std::vector<std::thread> askers;
  std::atomic<int> changed = 0;
  for (int i = 0; i < 8; ++i)
    askers.emplace_back([&] {
      const auto action = writer->act(ask(Verb::pause, compute1));
      ASSERT_TRUE(action);
      changed += action->changed;
    });
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(writer->snapshot()->find_service(compute1.service())->holds.size(), 1u);
}

TEST_F(Threads, of_two_new_hosts_with_one_name_one_is_taken) {
  start(store);
  for (std::uint8_t round = 0; round < 20; ++round) {
    const std::string name = "compute" + std::to_string(round);
    HostSim one(std::uint8_t(2 * round + 1), name);
    HostSim other(std::uint8_t(2 * round + 2), name);
    std::atomic<int> taken = 0;
    std::thread a([&] { taken += writer->sync(one.full()).has_value(); });
    std::thread b([&] { taken += writer->sync(other.full()).has_value(); });
    a.join();
    b.join();
    EXPECT_EQ(taken, 1) << name;
  }
}

TEST_F(Threads, the_timer_ends_what_has_a_deadline_without_being_asked) {
  start(store);
  HostSim compute1(1, "compute1");
  exchange(compute1, compute1.full());
  auto request = ask(Verb::start, compute1);
  request.deadline = Millis{30};
  const auto asked = writer->act(request);
  ASSERT_TRUE(asked);
  Event ended;
  writer->when_final(asked->id, [&] { ended.set(); });
  ASSERT_TRUE(ended.wait());
  EXPECT_EQ(writer->action(asked->id)->outcome, Outcome::expired);
}

TEST_F(Threads, readers_hosts_and_administrators_work_at_once_on_a_real_store) {
  const store::Scratch scratch;
  auto disk =
      store::open_sqlite({.file = scratch.path() / "zone.db", .now = system_now().wall, .boot_id = "b"});
  ASSERT_TRUE(disk) << disk.error().message;
  start(**disk);
  constexpr int hosts = 8;
  std::atomic<bool> stop = false;
  std::atomic<int> rings = 0;
  std::latch joined(hosts);
  std::vector<std::thread> threads;
  for (int i = 0; i < hosts; ++i)
    threads.emplace_back([&, i] {
      HostSim host(std::uint8_t(i + 1), "compute" + std::to_string(i));
      exchange(host, host.full());
      joined.count_down();
      for (int round = 0; round < 60; ++round) {
        host.compute().unit.restarts = std::uint32_t(round);
        exchange(host, round % 3 == 0 ? host.changed() : host.heartbeat());
        writer->doorbell(host.id_, host.revision_, [&] { ++rings; });
      }
    });
  joined.wait();
  threads.emplace_back([&] {
    while (!stop) {
      const auto snapshot = writer->snapshot();
      for (const auto& host : snapshot->hosts)
        for (const auto& service : host->services) EXPECT_FALSE(service.facts.binary.empty());
    }
  });
  std::vector<Action> asked;
  for (int round = 0; round < 40; ++round) {
    const HostSim host(std::uint8_t(round % hosts + 1), "");
    auto action = writer->act(ask(round % 2 ? Verb::resume : Verb::pause, host));
    if (action) asked.push_back(*action);
  }
  for (std::size_t i = 0; i < std::size_t(hosts); ++i) threads[i].join();
  stop = true;
  threads.back().join();
  EXPECT_GE(asked.size(), 20u);
  for (const Action& action : asked) EXPECT_TRUE(writer->action(action.id)) << "acknowledged and not there";
  writer->drain();
  writer.reset();
  EXPECT_GT(rings, 0);
}

/// Holds up the first write, for what happens meanwhile.
struct HeldUp : Threads {
  ~HeldUp() override { writer.reset(); }
  void hold_up_next_write() {
    store.before_write([this] {
      if (!first.exchange(false)) return;
      writing.set();
      go_on.wait();
    });
  }
  Event writing;
  Event go_on;
  std::atomic<bool> first = true;
};

TEST_F(HeldUp, a_report_that_waits_behind_a_removal_does_not_bring_its_host_back) {
  start(store);
  HostSim compute1(1, "compute1");
  exchange(compute1, compute1.full());
  hold_up_next_write();
  std::thread removal([&] {
    EXPECT_TRUE(
        writer->remove_host(compute1.id_, {.actor = "root", .door = Door::rest, .may_override = true}));
  });
  ASSERT_TRUE(writing.wait());
  auto report = compute1.heartbeat();
  report.holds.delta.adds = {compute1.hold(1, system_now().wall)};
  std::thread late([&] { EXPECT_EQ(writer->sync(report).error().code, Errc::access_denied); });
  go_on.set();
  removal.join();
  late.join();
  EXPECT_EQ(writer->sync(compute1.full()).error().code, Errc::access_denied) << "admitted before the removal";
  EXPECT_EQ(writer->snapshot()->find_host("compute1"), nullptr);
  EXPECT_TRUE(store.load(system_now().wall)->hosts.empty());
}

TEST_F(HeldUp, readers_are_answered_while_a_step_is_written) {
  start(store);
  HostSim compute1(1, "compute1");
  HostSim compute2(2, "compute2");
  exchange(compute1, compute1.full());
  exchange(compute2, compute2.full());
  const auto before = writer->act(ask(Verb::pause, compute1));
  ASSERT_TRUE(before);
  hold_up_next_write();
  std::thread slow([&] { EXPECT_TRUE(writer->act(ask(Verb::pause, compute2))); });
  ASSERT_TRUE(writing.wait());
  EXPECT_EQ(writer->action(before->id)->id, before->id);
  EXPECT_EQ(writer->actions(compute1.service(), 10, {})->size(), 1u);
  EXPECT_TRUE(writer->actions(compute2.service(), 10, {})->empty()) << "not durable yet, so not there";
  EXPECT_FALSE(writer->snapshot()->find_service(compute2.service())->pause.held);
  bool asked = false;
  writer->when_final(Uuid{}, [&] { asked = true; });
  EXPECT_TRUE(asked) << "the watchdog's question";
  go_on.set();
  slow.join();
  EXPECT_EQ(writer->actions(compute2.service(), 10, {})->size(), 1u);
}

TEST_F(HeldUp, a_retried_report_is_no_forgery_while_its_first_copy_is_written) {
  start(store);
  HostSim compute1(1, "compute1");
  exchange(compute1, compute1.full());
  auto result = *writer->act(ask(Verb::restart, compute1));
  exchange(compute1, compute1.heartbeat());
  result.outcome = Outcome::succeeded;
  auto report = compute1.heartbeat();
  report.actions = {result};
  hold_up_next_write();
  std::thread one([&] { EXPECT_TRUE(writer->sync(report)); });
  ASSERT_TRUE(writing.wait());
  std::thread retry([&] {
    const auto answer = writer->sync(report);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_THAT(answer->acknowledged_actions, testing::ElementsAre(result.id));
  });
  go_on.set();
  one.join();
  retry.join();
  EXPECT_FALSE(unknown_noted) << "the zone knows it well";
  EXPECT_EQ(writer->action(result.id)->outcome, Outcome::succeeded);
}

TEST_F(HeldUp, losses_show_while_the_disk_works) {
  start(store);
  HostSim compute1(1, "compute1");
  HostSim compute2(2, "compute2");
  exchange(compute1, compute1.full());
  exchange(compute2, compute2.full());
  auto command = ask(Verb::start, compute1);
  command.deadline = Millis{1000};  // it runs out while others decide about its host
  ASSERT_TRUE(writer->act(command));
  hold_up_next_write();
  std::thread slow([&] { EXPECT_TRUE(writer->act(ask(Verb::pause, compute1))); });
  ASSERT_TRUE(writing.wait());
  EXPECT_TRUE(lost.wait());
  go_on.set();
  slow.join();
}

}  // namespace
}  // namespace nova::writer
