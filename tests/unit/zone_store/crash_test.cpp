// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "rest/store/sqlite_store.hpp"
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

constexpr int rounds = 25;
const Uuid host = id(1);
const Uuid service = id(0x33);

std::unique_ptr<Store> opened(const std::filesystem::path& file) {
  auto store = open_sqlite({.file = file, .now = monday, .boot_id = "boot"});
  return store ? std::move(*store) : nullptr;
}

/// Adds holds with their actions and says each number once it is durable, until somebody kills it.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int first, int to) {
  const auto store = opened(file);
  for (int number = first; store; ++number) {
    Hold hold = a_hold(0, service);
    hold.recorded = WallTime{Millis{number}};
    hold.id = name_uuid(host, std::to_string(number));
    auto action = an_action(0, host, service);
    action.action.id = hold.id;
    if (!store->write({.holds = {{host, {.adds = {hold}}}}, .actions = {action}}, monday)) break;
    if (::write(to, &number, sizeof number) != sizeof number) break;
  }
  ::_exit(1);
}

/// The last number that the child acknowledged before it was killed in the middle of its work.
int run_and_kill(const std::filesystem::path& file, int first, int acknowledgements) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) write_until_killed(file, first, pipe[1]);
  ::close(pipe[1]);
  int last = first - 1;
  for (int i = 0; i < acknowledgements; ++i)
    if (::read(pipe[0], &last, sizeof last) != sizeof last) break;
  ::kill(child, SIGKILL);
  while (::read(pipe[0], &last, sizeof last) == sizeof last) {
  }
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  return last;
}

TEST(Crash, kill_9_loses_nothing_acknowledged_and_invents_nothing) {
  const Scratch scratch;
  const auto file = scratch.path() / "zone.db";
  int next = 1;
  for (int round = 0; round < rounds; ++round) {
    const int last = run_and_kill(file, next, 1 + round * 7 % 20);
    ASSERT_GE(last, next) << "the child wrote nothing";
    const auto store = opened(file);
    ASSERT_TRUE(store) << "the store cannot be opened after round " << round;
    const auto memory = store->load(monday);
    ASSERT_TRUE(memory) << memory.error().message;
    std::set<Uuid> found;
    for (const Hold& hold : memory->holds.at(host).adds) found.insert(hold.id);
    for (int number = 1; number <= last; ++number) {
      const Uuid id = name_uuid(host, std::to_string(number));
      ASSERT_TRUE(found.contains(id)) << number << " was acknowledged and is lost";
      ASSERT_TRUE(*store->action(id)) << "half of step " << number << " is there";
    }
    // The step that was under way may be there, whole; nothing beyond it can be.
    ASSERT_LE(found.size(), std::size_t(last) + 1);
    ASSERT_EQ(memory->unfinished.size(), found.size());
    next = int(found.size()) + 1;
  }
}

}  // namespace
}  // namespace nova::store
