// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "daemon/systemd/freezer_watch.hpp"
#include "tests/unit/systemd/fake_systemd.hpp"

namespace nova::systemd {
namespace {

/// A tree of control groups that is a plain folder.
struct AFreezerWatch : ::testing::Test {
  testing::PrivateBus bus;
  std::filesystem::path root = make_root();
  std::string changed;
  FreezerWatch watch{bus.loop(), [this](const std::string& unit) { changed = unit; }, root.string()};

  ~AFreezerWatch() override { std::filesystem::remove_all(root); }
  static std::filesystem::path make_root() {
    std::string name = std::filesystem::temp_directory_path() / "freezer-XXXXXX";
    return mkdtemp(name.data());
  }
  void write(const std::string& group) {
    std::filesystem::create_directories(root / group);
    std::ofstream(root / group / "cgroup.events") << "frozen 1\n";
  }
  bool told() {
    return bus.until([&] { return !changed.empty(); });
  }
};

const std::map<std::string, FreezerWatch::Group> compute{{"nova-compute.service", {"/nova", "1"}}};

TEST_F(AFreezerWatch, tells_of_a_change) {
  write("nova");
  watch.follow(compute);
  write("nova");
  ASSERT_TRUE(told());
  EXPECT_EQ(changed, "nova-compute.service");
}

TEST_F(AFreezerWatch, tries_again_what_could_not_be_watched) {
  watch.follow(compute);
  write("nova");
  watch.follow(compute);
  write("nova");
  EXPECT_TRUE(told());
}

}  // namespace
}  // namespace nova::systemd
