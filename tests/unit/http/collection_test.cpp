// SPDX-License-Identifier: Apache-2.0
#include "rest/http/collection.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {
namespace {

class Cache : public testing::Test {
 protected:
  Cache() {
    std::string pattern = testing::TempDir() + "/nova-cache-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Cache() override { std::filesystem::remove_all(directory_); }

  std::string read(const std::string& name) const {
    std::ifstream file(directory_ / name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_),
                                                  std::filesystem::directory_iterator{}));
  }

  std::filesystem::path directory_;
  FakeWriter writer_;
};

TEST_F(Cache, AnEmptyZoneIsAnEmptyList) {
  Collections collections;
  auto snapshot = std::make_shared<zone::Snapshot>();
  snapshot->generation = 1;
  EXPECT_EQ(collections.all(snapshot)->text, R"({"services":[]})");
}

TEST_F(Cache, SmallOnesStayInMemoryLargeOnesBecomeAFile) {
  Collections collections(directory_, 32 * 1024);
  EXPECT_EQ(collections.all(writer_.snapshot())->file, "");
  writer_.grow(100);
  const auto body = collections.all(writer_.snapshot());
  EXPECT_EQ(body->file, std::to_string(writer_.snapshot()->generation) + ".json");
  EXPECT_TRUE(body->text.empty());
  const auto json = nlohmann::json::parse(read(body->file));
  EXPECT_EQ(json["services"].size(), 105U);
  EXPECT_EQ(json, nlohmann::json::parse(Collections().all(writer_.snapshot())->text));
}

TEST_F(Cache, OneGenerationIsRenderedOnce) {
  Collections collections(directory_, 1);
  const auto first = collections.all(writer_.snapshot());
  EXPECT_EQ(collections.all(writer_.snapshot()), first);
  writer_.change("compute1", [](zone::HostView& host) { host.services[0].state = State::down; });
  EXPECT_NE(collections.all(writer_.snapshot()), first);
}

TEST_F(Cache, AReaderOfAnOlderSnapshotGetsTheNewerBody) {
  Collections collections;
  const auto old = writer_.snapshot();
  writer_.change("compute1", [](zone::HostView& host) { host.services[0].state = State::down; });
  const auto newer = collections.all(writer_.snapshot());
  EXPECT_EQ(collections.all(old), newer);
}

TEST_F(Cache, FormerFilesGoAndThoseOfAnEarlierStartAtOnce) {
  std::ofstream(directory_ / "7.json") << "of an earlier start";
  Collections collections(directory_, 1);
  EXPECT_EQ(files(), 0U);
  for (int i = 0; i < 30; ++i) {
    writer_.change("compute1", [i](zone::HostView& host) {
      host.services[0].facts.unit.main_pid = static_cast<std::uint32_t>(i + 1);
    });
    const auto body = collections.all(writer_.snapshot());
    ASSERT_FALSE(read(body->file).empty());
  }
  EXPECT_LE(files(), 6U);
}

TEST_F(Cache, AFullDiskIsAnsweredFromMemory) {
  Collections collections(directory_ / "not there", 1);
  const auto body = collections.all(writer_.snapshot());
  EXPECT_EQ(body->file, "");
  EXPECT_EQ(nlohmann::json::parse(body->text)["services"].size(), 5U);
}

TEST_F(Cache, ManyReadersDuringChangesSeeWholeBodies) {
  Collections collections(directory_, 1);
  writer_.grow(50);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  std::atomic<int> torn{0};
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!stop) {
        const auto snapshot = writer_.snapshot();
        if (collections.all(snapshot)->generation < snapshot->generation) ++torn;
      }
    });
  for (int i = 0; i < 200; ++i)
    writer_.change("compute1", [i](zone::HostView& host) {
      host.services[0].facts.unit.restarts = static_cast<std::uint32_t>(i);
    });
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  const auto json = nlohmann::json::parse(read(collections.all(writer_.snapshot())->file));
  EXPECT_EQ(json["services"][0]["unit"]["restarts"], 199);
}

}  // namespace
}  // namespace nova::http::test
