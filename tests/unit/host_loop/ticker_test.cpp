// SPDX-License-Identifier: Apache-2.0
// A hold's `until` on the daemon's real event loop, with a clock that the test sets.
#include <gtest/gtest.h>

#include <memory>

#include "daemon/clocks.hpp"
#include "tests/unit/host/a_host.hpp"

using namespace nova;
using namespace std::chrono_literals;

namespace {

class TickerTest : public testing::Test {
 protected:
  TickerTest() {
    sd_event_new(&loop_);
    host_.now = read_clocks();
    host_.now.synchronised = true;
    host_.start();
    ticker_ = std::make_unique<Ticker>(
        loop_, *host_.agent, Ticker::Clock{[this] { return clocks(); }, [this] { return answer(); }},
        Ticker::Complaints{[this](const Error&) { ++failures_; }, [this] { ++complaints_; }}, 20ms);
    run_once();
  }
  ~TickerTest() override {
    ticker_.reset();
    sd_event_unref(loop_);
  }

  Now clocks() const {
    Now now = read_clocks();
    now.wall += shift_;
    now.synchronised = synchronised_;
    return now;
  }
  /// What the one who knows says, and when.
  std::optional<bool> answer() {
    if (asked_ && !answered_) return std::nullopt;
    return synchronised_;
  }
  void pause_for(Millis time) {
    host_.now = clocks();
    ASSERT_TRUE(host_.pause_until("alice", host_.now.wall + time));
  }
  bool held() const { return host_.service().pause.held; }
  /// Handles what is there, without waiting.
  void run_once() {
    while (sd_event_run(loop_, 0) > 0) {
    }
  }
  /// Runs the loop until it is so; the time is for a test that fails.
  template <typename Condition>
  bool until(Condition condition) {
    const auto end = read_clocks().boot + 10s;
    bool met = condition();
    while (!met && read_clocks().boot < end) {
      sd_event_run(loop_, 100'000);
      met = condition();
    }
    return met;
  }

  sd_event* loop_ = nullptr;
  host::AHost host_;
  Millis shift_{0};
  bool synchronised_ = true;
  bool asked_ = false;
  bool answered_ = false;
  int complaints_ = 0;
  int failures_ = 0;
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace

TEST_F(TickerTest, EndsAHoldWhenItsTimeHasCome) {
  pause_for(50ms);
  run_once();
  EXPECT_TRUE(held());
  EXPECT_TRUE(until([this] { return !held(); }));
  EXPECT_EQ(complaints_, 0);
}

TEST_F(TickerTest, EndsAHoldAtOnceWhenTheClockWasSetBeyondIt) {
  pause_for(1h);
  run_once();
  shift_ = 2h;
  host_.pause("bob");  // any event will do
  EXPECT_TRUE(until([this] { return host_.service().holds.size() == 1; }));
}

TEST_F(TickerTest, WaitsForAClockThatIsNotSynchronisedAndSaysSoOnce) {
  synchronised_ = false;
  pause_for(10ms);
  ASSERT_TRUE(until([this] { return complaints_ == 1; }));
  int turns = 0;
  ASSERT_TRUE(until([&turns] { return ++turns >= 10; }));  // it looks again and again
  EXPECT_TRUE(held());
  EXPECT_EQ(complaints_, 1);
}

TEST_F(TickerTest, NoticesWithoutARestartThatTheClockHasBecomeSynchronised) {
  synchronised_ = false;
  pause_for(10ms);
  ASSERT_TRUE(until([this] { return complaints_ == 1; }));
  synchronised_ = true;  // nothing tells the daemon
  EXPECT_TRUE(until([this] { return !held(); }));
}

TEST_F(TickerTest, EndsAHoldWithTheAnswerThatItWaitsFor) {
  asked_ = true;
  pause_for(10ms);
  int turns = 0;
  ASSERT_TRUE(until([&turns] { return ++turns >= 5; }));
  EXPECT_TRUE(held());
  EXPECT_EQ(complaints_, 0) << "not known is not unsynchronised";
  answered_ = true;
  ticker_->look();
  run_once();
  EXPECT_FALSE(held());
}

TEST_F(TickerTest, TriesAgainWhereTheDiskRefused) {
  pause_for(10ms);
  host_.store.full = true;
  ASSERT_TRUE(until([this] { return failures_ >= 2; }));
  EXPECT_TRUE(held());
  host_.store.full = false;
  EXPECT_TRUE(until([this] { return !held(); }));
}

TEST_F(TickerTest, NeverWakesWhileNothingIsDue) {
  host_.pause("alice");
  run_once();
  EXPECT_EQ(sd_event_run(loop_, 300'000), 0);
}
