// SPDX-License-Identifier: Apache-2.0
// Who a user is, from a database that may be slow, hang or fail: the loop never waits, and a name stays.
#include "daemon/objects/user_names.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>

using namespace nova;
using namespace nova::objects;
using namespace std::chrono_literals;

namespace {

using Found = Result<std::optional<std::string>>;

/// A database in the hands of the test; it answers in another thread, and only while it is not hung.
class Database {
 public:
  Found look_up(uid_t) {
    ++asked;
    gate_.get_future().wait();
    return answer;
  }
  Found look_up_at_once(uid_t) {
    ++asked;
    return answer;
  }
  void let_go() { gate_.set_value(); }

  std::atomic<int> asked = 0;
  Found answer = "alice";

 private:
  std::promise<void> gate_;
};

class UserNamesTest : public testing::Test {
 protected:
  UserNamesTest() { sd_event_new(&loop_); }
  ~UserNamesTest() override { sd_event_unref(loop_); }

  UserNames quick(UserNames::Times times = {}) {
    return UserNames(
        loop_, [db = database_](uid_t user) { return db->look_up_at_once(user); }, times);
  }
  UserNames hanging(Millis patience) {
    return UserNames(loop_, [db = database_](uid_t user) { return db->look_up(user); },
                     {.patience = patience});
  }
  /// Runs the loop until there is an answer.
  Result<std::string> ask(UserNames& names, uid_t user) {
    std::optional<Result<std::string>> got;
    names.of(user, [&got](const Result<std::string>& name) { got = name; });
    while (!got && sd_event_run(loop_, 10'000'000) > 0) {
    }
    return got.value_or(fail(Errc::internal, "no answer within 10 s"));
  }

  sd_event* loop_ = nullptr;
  std::shared_ptr<Database> database_ = std::make_shared<Database>();  // a thread may outlive the test
};

}  // namespace

TEST_F(UserNamesTest, AreLookedUpOnceForAWhile) {
  auto names = quick();
  EXPECT_EQ(ask(names, 1000), "alice");
  EXPECT_EQ(ask(names, 1000), "alice");
  EXPECT_EQ(database_->asked, 1);
  EXPECT_EQ(ask(names, 1001), "alice");
  EXPECT_EQ(database_->asked, 2);
}

TEST_F(UserNamesTest, AreThoseOfThisMachine) {
  UserNames names(loop_);
  EXPECT_EQ(ask(names, 65534), "nobody");
  EXPECT_EQ(ask(names, 12345678), "uid 12345678");
}

TEST_F(UserNamesTest, RootIsKnownWithoutAsking) {
  auto names = hanging(1h);
  EXPECT_EQ(ask(names, 0), "root");
  EXPECT_EQ(database_->asked, 0);
}

TEST_F(UserNamesTest, WhoIsUnknownIsNotUnknownForEver) {
  auto names = quick();
  database_->answer = std::nullopt;
  EXPECT_EQ(ask(names, 1000), "uid 1000");
  database_->answer = "alice";
  EXPECT_EQ(ask(names, 1000), "alice");
}

TEST_F(UserNamesTest, ANameThatNoHoldCanCarryIsNone) {
  auto names = quick();
  database_->answer = "al\tice";
  EXPECT_EQ(ask(names, 1000), "uid 1000");
}

TEST_F(UserNamesTest, ADatabaseThatFailsGivesNoNameRatherThanAnother) {
  auto names = quick();
  database_->answer = fail(Errc::unavailable, "Connection refused");
  const auto name = ask(names, 1000);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Errc::unavailable);
  EXPECT_NE(name.error().message.find("uid 1000 is: the user database cannot say (Connection refused)"),
            std::string::npos);
}

TEST_F(UserNamesTest, ANameThatWasKnownStaysWhileTheDatabaseFails) {
  auto names = quick({.fresh = 0ms});
  EXPECT_EQ(ask(names, 1000), "alice");
  database_->answer = fail(Errc::unavailable, "Connection refused");
  EXPECT_EQ(ask(names, 1000), "alice");
  database_->answer = std::nullopt;
  EXPECT_EQ(ask(names, 1000), "alice");
  database_->answer = "alicia";
  EXPECT_EQ(ask(names, 1000), "alicia") << "renamed";
}

TEST_F(UserNamesTest, ADatabaseThatHangsIsNotWaitedForAndItsLateAnswerCounts) {
  auto names = hanging(20ms);
  const auto name = ask(names, 1000);
  ASSERT_FALSE(name);
  EXPECT_NE(name.error().message.find("it does not answer"), std::string::npos);
  database_->let_go();
  while (names.known(1000) != "alice") ASSERT_GE(sd_event_run(loop_, 10'000'000), 0);
  EXPECT_EQ(ask(names, 1000), "alice");
  EXPECT_EQ(database_->asked, 1);
}

TEST_F(UserNamesTest, SeveralQuestionsAboutOneUserAreOneLookup) {
  auto names = hanging(10s);
  int answers = 0;
  for (int i = 0; i < 5; ++i)
    names.of(1000, [&answers](const Result<std::string>& name) { answers += name == "alice" ? 1 : 0; });
  database_->let_go();
  while (answers < 5) ASSERT_GT(sd_event_run(loop_, 10'000'000), 0);
  EXPECT_EQ(database_->asked, 1);
}

TEST_F(UserNamesTest, EndingDoesNotWaitForALookupThatHangs) {
  {
    auto names = hanging(10s);
    names.of(1000, [](const Result<std::string>&) { FAIL() << "nobody listens any more"; });
    while (database_->asked == 0) sd_event_run(loop_, 1'000);
  }
  database_->let_go();
}

TEST_F(UserNamesTest, OnlySoManyAreRemembered) {
  auto names = quick();
  for (uid_t user = 1000; user < 1000 + UserNames::most_known + 10; ++user) ask(names, user);
  EXPECT_EQ(names.known(1000 + UserNames::most_known), "alice");
  EXPECT_EQ(names.known(1000), "uid 1000") << "the oldest gave way";
}
