// SPDX-License-Identifier: Apache-2.0
#include "model/uuid.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace nova {
namespace {

/// RFC 4122, appendix C.
const Uuid dns = *parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

TEST(Uuid, VersionFiveAgreesWithKnownVectors) {
  EXPECT_EQ(to_string(name_uuid(dns, "python.org")), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  EXPECT_EQ(to_string(name_uuid(dns, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, IsReadInItsCanonicalFormOnly) {
  EXPECT_EQ(to_string(*parse_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")), to_string(dns));
  for (const char* text :
       {"", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430c88",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b8109dad11d180b400c04fd430c8",
        "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
        "6ba7b81-09dad-11d1-80b4-00c04fd430c8", " 6ba7b810-9dad-11d1-80b4-00c04fd430c8"})
    EXPECT_EQ(parse_uuid(text, "service").error().field, "service") << text;
}

TEST(Uuid, RandomOnesAreOfVersionFourAndDiffer) {
  std::unordered_set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = random_uuid();
    EXPECT_EQ(to_string(id)[14], '4');
    EXPECT_FALSE(id.is_nil());
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace nova
