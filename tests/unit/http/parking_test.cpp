// SPDX-License-Identifier: Apache-2.0
#include "rest/http/parking.hpp"

#include <gtest/gtest.h>

#include <future>

namespace nova::http {
namespace {

using std::chrono::seconds;

/// A reply that waits, and what became of it.
struct Story {
  std::function<void()> wake;
  std::promise<int> answered;
  std::atomic<int> sends{0};

  std::shared_ptr<const Parked> parked(Millis longest, bool at_once = false) {
    auto parked = std::make_shared<Parked>();
    parked->start = [this, at_once](std::function<void()> call) {
      wake = call;
      if (at_once) call();
    };
    parked->longest = longest;
    parked->then = [] { return Reply{.status = 303}; };
    return parked;
  }
  Parking::Send send() {
    return [this](Reply reply) {
      if (++sends == 1) answered.set_value(reply.status);
    };
  }
};

TEST(Parking, IsAnsweredWhenWokenAndOnlyOnce) {
  Story story;
  Parking parking;
  parking.park(story.parked(seconds(60)), story.send());
  EXPECT_EQ(story.sends, 0);
  story.wake();
  story.wake();
  EXPECT_EQ(story.answered.get_future().get(), 303);
  EXPECT_EQ(story.sends, 1);
}

TEST(Parking, MayBeWokenWhileItStarts) {
  Story story;
  Parking parking;
  parking.park(story.parked(seconds(60), true), story.send());
  EXPECT_EQ(story.sends, 1);
}

TEST(Parking, AStopMayHaveAnAnswerOfItsOwn) {
  Story with;
  Story without;
  Story later;
  const auto parked_with = [](Story& story) {
    auto parked = std::make_shared<Parked>(*story.parked(seconds(60)));
    parked->stopped = [] { return Reply{.status = 503}; };
    return parked;
  };
  Parking parking;
  parking.park(parked_with(with), with.send());
  parking.park(without.parked(seconds(60)), without.send());
  parking.wake_parked();
  EXPECT_EQ(with.answered.get_future().get(), 503);
  EXPECT_EQ(without.answered.get_future().get(), 303);
  parking.park(parked_with(later), later.send());
  EXPECT_EQ(later.sends, 0) << "what comes after it is parked as ever";
  later.wake();
  EXPECT_EQ(later.answered.get_future().get(), 303);
}

TEST(Parking, IsAnsweredWhenItsTimeIsOver) {
  Story late;
  Story later;
  Parking parking;
  parking.park(later.parked(seconds(60)), later.send());
  parking.park(late.parked(Millis(1)), late.send());
  EXPECT_EQ(late.answered.get_future().get(), 303);
  EXPECT_EQ(later.sends, 0);
}

TEST(Parking, AllAreAnsweredBeforeAStopAndNoneIsParkedAfter) {
  Story before;
  Story after;
  Parking parking;
  parking.park(before.parked(seconds(60)), before.send());
  parking.wake_all();
  EXPECT_EQ(before.sends, 1);
  parking.park(after.parked(seconds(60)), after.send());
  EXPECT_EQ(after.sends, 1);
  before.wake();  // rung late, after everything
  EXPECT_EQ(before.sends, 1);
}

TEST(Parking, ALateWakeAfterItsEndDoesNothing) {
  Story story;
  {
    Parking parking;
    parking.park(story.parked(seconds(60)), story.send());
  }
  EXPECT_EQ(story.sends, 1);
  story.wake();
  EXPECT_EQ(story.sends, 1);
}

}  // namespace
}  // namespace nova::http
