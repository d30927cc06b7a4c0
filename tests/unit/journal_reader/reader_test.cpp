// SPDX-License-Identifier: Apache-2.0
// A reading leaves the loop alone, however slow the disk is.
#include "daemon/journal_reader/reader.hpp"

#include <gtest/gtest.h>
#include <systemd/sd-event.h>

#include <future>
#include <thread>

#include "tests/unit/journal_reader/a_journal.hpp"

namespace nova::journal_reader {
namespace {

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() { sd_event_new(&loop); }
  ~ReaderTest() override { sd_event_unref(loop); }

  /// Runs the loop until the reading is there.
  void wait() {
    while (answers < 1) ASSERT_GE(sd_event_run(loop, 10'000'000), 1) << "nothing came within 10 s";
  }
  host::JournalReader::Done take() {
    return [this](Result<host::JournalReading> reading) {
      ++answers;
      answered_on = std::this_thread::get_id();
      result = std::move(reading);
    };
  }

  sd_event* loop = nullptr;
  int answers = 0;
  std::thread::id answered_on;
  Result<host::JournalReading> result;
};

TEST_F(ReaderTest, TheLoopGoesOnWhileTheDiskIsSlow) {
  std::promise<void> disk;
  std::thread::id read_on;
  Reader reader(loop, [&]() -> Result<std::unique_ptr<Records>> {
    disk.get_future().wait();
    read_on = std::this_thread::get_id();
    return std::make_unique<AJournal>(std::vector{written_by("nova-compute.service", {}, "boom")});
  });
  reader.read(a_day(), take());
  EXPECT_EQ(sd_event_run(loop, 0), 0) << "nothing to do, and nothing waited for";
  EXPECT_EQ(answers, 0);
  disk.set_value();
  wait();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->errors.size(), 1U);
  EXPECT_EQ(answered_on, std::this_thread::get_id());
  EXPECT_NE(read_on, std::this_thread::get_id());
}

TEST_F(ReaderTest, ReadsAgainAndAgain) {
  int opened = 0;
  Reader reader(loop, [&]() -> Result<std::unique_ptr<Records>> {
    ++opened;
    return std::make_unique<AJournal>(std::vector<Line>{});
  });
  for (int i = 1; i <= 3; ++i) {
    answers = 0;
    reader.read(a_day(), take());
    wait();
    EXPECT_EQ(opened, i) << "the journal is not kept open";
  }
}

TEST_F(ReaderTest, AJournalThatCannotBeOpenedIsAnAnswer) {
  Reader reader(loop, []() -> Result<std::unique_ptr<Records>> {
    return fail(Errc::unavailable, "cannot read the journal: no entry shows");
  });
  reader.read(a_day(), take());
  wait();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot read the journal: no entry shows");
}

TEST_F(ReaderTest, MemoryThatIsNotThereIsAnAnswer) {
  Reader reader(loop, []() -> Result<std::unique_ptr<Records>> { throw std::bad_alloc(); });
  reader.read(a_day(), take());
  wait();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with("cannot read the journal: "));
}

TEST_F(ReaderTest, AnEndInTheMiddleOfAReadingAnswersNobody) {
  std::promise<void> begun;
  {
    Reader reader(loop, [&]() -> Result<std::unique_ptr<Records>> {
      begun.set_value();
      return std::make_unique<AJournal>(std::vector(1000, written_by("cron.service", {}, "no")));
    });
    reader.read(a_day(), take());
    begun.get_future().wait();
  }
  EXPECT_EQ(sd_event_run(loop, 0), 0);
  EXPECT_EQ(answers, 0);
}

}  // namespace
}  // namespace nova::journal_reader
