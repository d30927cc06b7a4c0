// SPDX-License-Identifier: Apache-2.0
#include "pki/file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/unit/pki/folder.hpp"

namespace nova::pki {
namespace {

using tests::Folder;

TEST(File, ReplacedAsAWholeByAnotherFileOfItsName) {
  const Folder folder;
  const auto file = folder / "host.crt";
  ASSERT_TRUE(write_file(file, "old", 0644));
  std::ifstream reader(file);
  const auto before = tests::inode_of(file);
  ASSERT_TRUE(write_file(file, "new", 0644));
  EXPECT_NE(tests::inode_of(file), before) << "it was written in place: a crash would leave half of it";
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old") << "who has it open goes on with what it was";
  EXPECT_EQ(tests::text_of(file), "new");
}

TEST(File, HasItsModeWhateverTheUmaskAndLeavesNothingBeside) {
  const Folder folder;
  const mode_t umask_before = ::umask(0);
  const auto written = write_file(folder / "ca.key", "secret", 0600);
  ::umask(0777);
  const auto public_one = write_file(folder / "ca.crt", "public", 0644);
  ::umask(umask_before);
  ASSERT_TRUE(written);
  ASSERT_TRUE(public_one);
  EXPECT_EQ(tests::mode_of(folder / "ca.key"), 0600U);
  EXPECT_EQ(tests::mode_of(folder / "ca.crt"), 0644U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(File, IsNotWrittenThroughALinkThatSomebodyLeft) {
  const Folder folder;
  tests::write(folder / "victim", "untouched");
  std::filesystem::create_symlink(folder / "victim", folder / "host.key.tmp");
  ASSERT_TRUE(write_file(folder / "host.key", "secret", 0600));
  EXPECT_EQ(tests::text_of(folder / "victim"), "untouched");
  EXPECT_EQ(tests::text_of(folder / "host.key"), "secret");
}

/// A disk that has room for so many bytes and no more.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST(File, KeepsTheOldContentsWhereTheNewOnesDoNotFit) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "host.crt", "old", 0644));
  Result<void> refused;
  {
    const SmallDisk disk(2);
    refused = write_file(folder / "host.crt", "new", 0644);
  }
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::storage_failed);
  EXPECT_NE(refused.error().message.find("host.crt"), std::string::npos);
  EXPECT_EQ(tests::text_of(folder / "host.crt"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "host.crt.tmp"));
}

TEST(File, IsReadUpToABoundAndRefusedBeyond) {
  const Folder folder;
  tests::write(folder / "ca.crt", std::string(100, 'x'));
  EXPECT_TRUE(read_file(folder / "ca.crt", 100));
  const auto refused = read_file(folder / "ca.crt", 99);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

TEST(File, APrivateDirectoryIsForItsOwnerOnly) {
  const Folder folder;
  ASSERT_TRUE(make_private_directory(folder / "ca"));
  EXPECT_EQ(tests::mode_of(folder / "ca"), 0700U);
  ASSERT_TRUE(make_private_directory(folder / "ca")) << "it is there already";
  tests::write(folder / "file", "");
  EXPECT_FALSE(make_private_directory(folder / "file"));
}

}  // namespace
}  // namespace nova::pki
