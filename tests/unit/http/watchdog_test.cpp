// SPDX-License-Identifier: Apache-2.0
#include "rest/watchdog.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <future>
#include <string>

#include "tests/unit/http/client.hpp"

namespace nova::zone {
namespace {

using namespace std::chrono_literals;

/// Counts what it is told; a test waits for the next one.
class Word {
 public:
  void say() {
    const std::scoped_lock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  int count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
  }
  bool wait_for_another() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [this, known = count_] { return count_ > known; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A pause that hangs until `disk` is there, at the port for bodies.
std::future<http::test::Answer> hanging_pause(const http::test::ServedZone& zone) {
  return std::async(std::launch::async, [&zone] {
    const std::string target =
        "/services/" + to_string(http::test::FakeWriter::service("compute1", "nova-compute")) + "/action";
    return http::test::Client().ask(
        {.method = "POST",
         .url = zone.body_url("/"),
         .headers = {"X-Auth-Token: the operator's token",
                     "X-Nova-Front: " + std::string(http::test::secret) + " POST " + target},
         .body = R"({"pause": {}})"});
  });
}

TEST(Watchdog, SystemdIsToldAgainAndAgainWhileAllAnswer) {
  http::test::ServedZone zone;
  Word word;
  const Watchdog watchdog(
      1ms, {.is_alive = [&] { return zone.server->answers(10s); }, .tell = [&] { word.say(); }});
  EXPECT_TRUE(word.wait_for_another());
  EXPECT_TRUE(word.wait_for_another());
}

TEST(Watchdog, AStuckWorkerOfOnePortEndsItUntilItWorksAgain) {
  http::test::ServedZone zone(http::test::secret, 1);
  std::promise<void> disk;
  zone.door.writer.slow = disk.get_future().share();
  auto stuck = hanging_pause(zone);
  while (zone.door.writer.waiting < 1) std::this_thread::yield();
  Word asked;
  Word word;
  const Watchdog watchdog(1ms, {.is_alive =
                                    [&] {
                                      const bool answered = zone.server->answers(200ms);
                                      asked.say();
                                      return answered;
                                    },
                                .tell = [&] { word.say(); }});
  EXPECT_TRUE(asked.wait_for_another());
  EXPECT_TRUE(asked.wait_for_another());
  EXPECT_EQ(word.count(), 0);
  disk.set_value();
  EXPECT_TRUE(word.wait_for_another());
  EXPECT_EQ(stuck.get().status, 202);
}

TEST(Watchdog, NobodyIsAskedWithoutAWatchdog) {
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(watchdog_pace());
  const Watchdog watchdog(watchdog_pace(), {.is_alive =
                                                [] {
                                                  ADD_FAILURE();
                                                  return true;
                                                },
                                            .tell = [] { ADD_FAILURE(); }});
}

TEST(Watchdog, TheQuestionsComeWellWithinTheWatchdogsTime) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(watchdog_pace(), 7500ms);
  ::unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace nova::zone
