// SPDX-License-Identifier: Apache-2.0
// The daemon is killed, the power cut or the disk broken at every step of every write: no acknowledged hold
// is lost, none is invented.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "daemon/store/file_store.hpp"
#include "tests/unit/host/a_host.hpp"
#include "tests/unit/host_store/a_folder.hpp"
#include "tests/unit/host_store/faulty_disk.hpp"

using namespace nova;
using namespace nova::store;

namespace {

const WallTime today{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Uuid numbered(int n) {
  Uuid id{};
  id.bytes[0] = 1;
  id.bytes[15] = static_cast<std::uint8_t>(n);
  return id;
}

/// What a test's daemon is asked, in this order: three pauses, a resume of the second, a fourth pause. Each
/// answer is an acknowledgement: `acknowledged` is told its number.
class Daemon {
 public:
  Daemon(host::HoldStore& store, Uuid id) : Daemon(store, id, *store.load()) {}
  Daemon(host::HoldStore& store, Uuid id, host::Saved saved)
      : agent_(id, {}, std::move(saved), {},
               {store, control_, [this] { return numbered(++ids_); }, [this] { return now_; }}),
        service_(service_id(id, "nova-compute", "")) {
    agent_.observe({host::running("nova-compute", Kind::compute)}, now_);
  }
  template <typename Acknowledged>
  void work(Acknowledged acknowledged) {
    for (int step = 0; step < steps; ++step)
      if (ask(step)) acknowledged(step);
  }
  static constexpr int steps = 5;

 private:
  bool ask(int step) {
    const std::string who = "user" + std::to_string(step);
    if (step != 3)
      return agent_.pause({.service = service_, .caller = {.actor = who}, .owner = "", .reason = "x"}, now_)
          .has_value();
    return agent_.resume({.service = service_, .caller = {.actor = "user1"}}, false, now_).has_value();
  }

  host::FakeUnitControl control_;
  Now now_{today, BootTime{}, true};
  int ids_ = 0;
  host::Agent agent_;
  Uuid service_;
};

/// Holds the state on the disk against what was acknowledged and what was asked.
void judge(const host::Saved& state, const std::set<int>& acknowledged, const std::set<int>& asked) {
  std::set<std::string> owners;
  for (const Hold& hold : state.holds.adds) owners.insert(hold.owner);
  for (const int step : {0, 1, 2, 4}) {
    const bool there = owners.contains("user" + std::to_string(step));
    EXPECT_TRUE(there || !acknowledged.contains(step)) << "lost: the acknowledged pause " << step;
    EXPECT_TRUE(!there || asked.contains(step)) << "invented: the pause " << step;
  }
  const bool released = !state.holds.releases.empty();
  EXPECT_TRUE(released || !acknowledged.contains(3)) << "lost: the acknowledged resume";
  EXPECT_TRUE(!released || asked.contains(3)) << "invented: a release";
}

/// The steps after the last acknowledgement: at most the next one was asked.
std::set<int> asked_by(const std::set<int>& acknowledged) {
  auto asked = acknowledged;
  asked.insert(acknowledged.empty() ? 0 : *acknowledged.rbegin() + 1);
  return asked;
}

struct Child {
  std::set<int> acknowledged;
  bool killed = false;
};

/// A daemon in a process of its own that kills itself with SIGKILL at its `fatal`th step.
Child run_child(const AFolder& folder, int fatal) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    int steps = 0;
    auto disk = std::make_unique<SteppingDisk>(*open_disk(folder.path()), [&](const std::string&) {
      if (++steps == fatal) kill(getpid(), SIGKILL);
      return 0;
    });
    auto store = *FileStore::open(std::move(disk), today, [] { return numbered(200); });
    const Uuid id = store->host_id();
    Daemon daemon(*store, id);
    daemon.work([&](int step) {
      const char word = static_cast<char>(step);
      if (write(pipe_ends[1], &word, 1) != 1) _exit(2);
    });
    _exit(0);
  }
  close(pipe_ends[1]);
  Child result;
  for (char word = 0; read(pipe_ends[0], &word, 1) == 1;) result.acknowledged.insert(word);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.killed = WIFSIGNALED(status);
  return result;
}

}  // namespace

TEST(KillNine, AtEveryStepLosesNoAcknowledgedHoldAndInventsNone) {
  int fatal = 1;
  for (;; ++fatal) {
    SCOPED_TRACE("killed at step " + std::to_string(fatal));
    const AFolder folder;
    const auto child = run_child(folder, fatal);
    auto store = FileStore::open(*open_disk(folder.path()), today, [] { return numbered(201); });
    ASSERT_TRUE(store) << store.error().message;
    const auto state = (*store)->load();
    ASSERT_TRUE(state) << state.error().message;
    judge(*state, child.acknowledged, asked_by(child.acknowledged));
    if (!child.killed) {
      EXPECT_EQ(child.acknowledged.size(), static_cast<std::size_t>(Daemon::steps));
      break;
    }
  }
  EXPECT_GT(fatal, 7 * 14) << "seven files are written, in at least fourteen steps each";
}

TEST(PowerCut, AtEveryStepLosesNoAcknowledgedHoldAndInventsNone) {
  for (const bool lucky : {false, true}) {
    int cut_at = 1;
    for (bool cut = true; cut; ++cut_at) {
      SCOPED_TRACE("cut at step " + std::to_string(cut_at) + (lucky ? ", renames kept" : ""));
      cut = false;
      auto volatile_disk = std::make_unique<VolatileDisk>();
      const VolatileDisk* power = volatile_disk.get();
      std::unique_ptr<VolatileDisk> afterwards;
      std::set<int> acknowledged;
      std::set<int> acknowledged_at_cut;
      int steps = 0;
      auto disk = std::make_unique<SteppingDisk>(std::move(volatile_disk), [&](const std::string&) {
        if (++steps == cut_at) {
          afterwards = power->after_power_cut(lucky);
          acknowledged_at_cut = acknowledged;
          cut = true;
        }
        return 0;
      });
      auto store = *FileStore::open(std::move(disk), today, [] { return numbered(200); });
      Daemon daemon(*store, store->host_id());
      daemon.work([&](int step) { acknowledged.insert(step); });
      if (!cut) break;
      auto again = FileStore::open(std::move(afterwards), today, [] { return numbered(201); });
      ASSERT_TRUE(again) << again.error().message;
      const auto state = (*again)->load();
      ASSERT_TRUE(state) << state.error().message;
      judge(*state, acknowledged_at_cut, asked_by(acknowledged_at_cut));
    }
    EXPECT_GT(cut_at, 7 * 14);
  }
}

TEST(KillNineThenPowerCut, WhatTheNextDaemonServedIsThereAfterwards) {
  // Killed between any two system calls; what the next daemon shows it has acknowledged (a PAUSE repeated
  // there changes nothing and writes nothing), so it has to survive the power cut that follows at once.
  for (const bool lucky : {false, true}) {
    int killed_at = 1;
    for (bool killed = true; killed; ++killed_at) {
      SCOPED_TRACE("killed at step " + std::to_string(killed_at) + (lucky ? ", renames kept" : ""));
      killed = false;
      auto volatile_disk = std::make_unique<VolatileDisk>();
      const VolatileDisk* power = volatile_disk.get();
      std::unique_ptr<VolatileDisk> left;
      int steps = 0;
      auto disk = std::make_unique<SteppingDisk>(std::move(volatile_disk), [&](const std::string&) {
        if (++steps == killed_at) left = power->for_the_next_process(), killed = true;
        return 0;
      });
      auto store = *FileStore::open(std::move(disk), today, [] { return numbered(200); });
      Daemon(*store, store->host_id()).work([](int) {});
      if (!killed) break;
      const VolatileDisk* next_power = left.get();
      auto next = FileStore::open(std::move(left), today, [] { return numbered(201); });
      ASSERT_TRUE(next) << next.error().message;
      const auto served = (*next)->load();
      ASSERT_TRUE(served) << served.error().message;
      auto last = FileStore::open(next_power->after_power_cut(lucky), today, [] { return numbered(202); });
      ASSERT_TRUE(last) << last.error().message;
      EXPECT_EQ((*last)->host_id(), (*next)->host_id());
      EXPECT_EQ(*(*last)->load(), *served);
    }
    EXPECT_GT(killed_at, 7 * 14);
  }
}

TEST(BrokenDisk, AFailureOfAnyCallMeansThatNothingChanged) {
  // The first two files are the first start's; every later call fails once, and the daemon goes on.
  for (int failing = 1;; ++failing) {
    SCOPED_TRACE("call " + std::to_string(failing) + " fails");
    const AFolder folder;
    ASSERT_TRUE(FileStore::open(*open_disk(folder.path()), today, [] { return numbered(200); }));
    int calls = 0;
    std::set<int> acknowledged;
    {
      auto disk = std::make_unique<SteppingDisk>(
          *open_disk(folder.path()), [&](const std::string&) { return ++calls == failing ? -EIO : 0; });
      const auto store = FileStore::open(std::move(disk), today, [] { return numbered(200); });
      auto saved = store ? (*store)->load() : std::unexpected(store.error());
      // Where its state cannot be made sure, the daemon does not start.
      if (saved) {
        Daemon daemon(**store, (*store)->host_id(), std::move(*saved));
        daemon.work([&](int step) { acknowledged.insert(step); });
      }
    }
    const auto state =
        (*FileStore::open(*open_disk(folder.path()), today, [] { return numbered(201); }))->load();
    ASSERT_TRUE(state) << state.error().message;
    judge(*state, acknowledged, acknowledged);
    if (calls < failing) break;
    EXPECT_LT(acknowledged.size(), static_cast<std::size_t>(Daemon::steps)) << "the failure was told";
  }
}
