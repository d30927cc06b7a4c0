// SPDX-License-Identifier: Apache-2.0
#include "pki/pair.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pki/folder.hpp"

// A certificate is only a text here: what a pair keeps is that key and certificate change together.
namespace nova::pki {
namespace {

using tests::Folder;

class APair : public ::testing::Test {
 protected:
  Folder folder;
  Pair pair{folder / "host.key", folder / "host.crt"};

  /// What is in force, as a reader sees it: the key's digest and the certificate's text.
  std::pair<std::string, std::string> in_force() const {
    const auto key = pair.key();
    return {key ? key->digest() : "", tests::text_of(folder / "host.crt")};
  }
};

TEST_F(APair, HasNothingAtFirst) {
  EXPECT_TRUE(pair.recover());
  EXPECT_FALSE(pair.has_key());
  EXPECT_FALSE(pair.has_certificate());
}

TEST_F(APair, WaitsWithOneKeyHoweverOftenItIsAsked) {
  const auto first = pair.waiting_key();
  ASSERT_TRUE(first);
  EXPECT_EQ(pair.waiting_key()->digest(), first->digest()) << "a repeated enrolment must be known as such";
  EXPECT_FALSE(pair.has_key()) << "it is not in force yet";
  EXPECT_EQ(tests::mode_of(folder / "host.key.next"), 0600U);
}

TEST_F(APair, MakesAnotherKeyWhereTheWaitingOneIsDamaged) {
  ASSERT_TRUE(pair.waiting_key());
  tests::write(folder / "host.key.next", "half a k");
  EXPECT_TRUE(pair.waiting_key());
  EXPECT_TRUE(Key::from_pem(tests::text_of(folder / "host.key.next")));
}

TEST_F(APair, ChangesKeyAndCertificateTogether) {
  const auto key = pair.waiting_key();
  ASSERT_TRUE(pair.commit("certificate 1", 0644));
  EXPECT_EQ(in_force(), std::pair(key->digest(), std::string("certificate 1")));
  EXPECT_FALSE(std::filesystem::exists(folder / "host.key.next"));
  EXPECT_FALSE(std::filesystem::exists(folder / "host.crt.next"));
  EXPECT_NE(pair.waiting_key()->digest(), key->digest()) << "the next certificate gets a key of its own";
}

/// The machine stops at each step of a replacement; the next start completes it or forgets it.
TEST_F(APair, IsTheOldOneOrTheNewOneWhereverTheMachineStops) {
  const auto old_key = pair.waiting_key();
  ASSERT_TRUE(pair.commit("old", 0644));
  const auto old_one = in_force();

  const auto new_key = pair.waiting_key();  // stop 1: the key waits
  ASSERT_TRUE(pair.recover());
  EXPECT_EQ(in_force(), old_one);
  EXPECT_EQ(pair.waiting_key()->digest(), new_key->digest());

  tests::write(folder / "host.crt.tmp", "ne");  // stop 2: half of the certificate is written
  ASSERT_TRUE(pair.recover());
  EXPECT_EQ(in_force(), old_one);

  tests::write(folder / "host.crt.next", "new");  // stop 3: the point of no return is passed
  ASSERT_TRUE(pair.recover());
  EXPECT_EQ(in_force(), std::pair(new_key->digest(), std::string("new")));
}

TEST_F(APair, IsTheNewOneWhereTheMachineStopsBetweenTheRenames) {
  ASSERT_TRUE(pair.waiting_key());
  ASSERT_TRUE(pair.commit("old", 0644));
  const auto new_key = pair.waiting_key();
  tests::write(folder / "host.crt.next", "new");
  std::filesystem::rename(folder / "host.key.next", folder / "host.key");
  ASSERT_TRUE(pair.recover());
  EXPECT_EQ(in_force(), std::pair(new_key->digest(), std::string("new")));
}

}  // namespace
}  // namespace nova::pki
