// SPDX-License-Identifier: Apache-2.0
#include "rest/loop.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace nova::zone {
namespace {

/// A loop on this thread, and a front's directory.
class LoopTest : public testing::Test {
 protected:
  LoopTest() {
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_);
    std::string pattern = testing::TempDir() + "/nova-loop-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LoopTest() override {
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    std::filesystem::remove_all(directory_);
  }
  static void stop() { ::kill(::getpid(), SIGTERM); }

  sigset_t mask_{};
  std::filesystem::path directory_;
};

TEST_F(LoopTest, AFrontThatIsAboutToEndHasWhatIsParkedAnsweredMoreThanOnce) {
  Loop loop;
  loop.watch_front(directory_);
  std::ofstream(directory_ / "nginx.pid") << "17";  // is none of that
  int answered = 0;
  std::ofstream(directory_ / "stopping") << "";
  loop.run({.refresh = [] {},
            .answer_parked =
                [&] {
                  if (++answered == 3) stop();
                }});
  EXPECT_EQ(answered, 3);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "stopping")) << "the next time it is new";
}

TEST_F(LoopTest, AHangupRefreshes) {
  Loop loop;
  int refreshed = 0;
  ::kill(::getpid(), SIGHUP);
  loop.run({.refresh =
                [&] {
                  ++refreshed;
                  stop();
                },
            .answer_parked = [] {}});
  EXPECT_EQ(refreshed, 1);
}

}  // namespace
}  // namespace nova::zone
