// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

struct AccessContract : Contract {
  Token token(const std::string& name, const std::string& hash) const {
    return {.name = name, .role = Role::operator_, .hash = hash, .created = monday};
  }
  JoinToken join(const std::string& hash) const {
    return {
        .hash = hash, .host = "compute1", .created_by = "root", .expires = monday + std::chrono::hours{1}};
  }
  Enrolment enrolment(std::uint8_t host = 1, const std::string& name = "compute1") const {
    return {.host = id(host), .name = name, .since = monday};
  }
  HostCertificate certificate(const std::string& serial, std::uint8_t host = 1) const {
    return {
        .serial = serial, .host = id(host), .issued = monday, .not_after = monday + std::chrono::days{30}};
  }
};

TEST_P(AccessContract, a_token_is_kept_and_revoked_once) {
  ASSERT_TRUE(store().add_token(token("ops", "h1")));
  ASSERT_TRUE(store().revoke_token("ops", monday + Millis{5}));
  subject->restart(false);
  auto expected = token("ops", "h1");
  expected.revoked = monday + Millis{5};
  EXPECT_THAT(*store().tokens(), testing::ElementsAre(expected));
  const auto again = store().revoke_token("ops", monday);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::invalid_argument);
  EXPECT_EQ(again.error().field, "name");
}

TEST_P(AccessContract, a_name_has_one_valid_token_and_may_have_another_after_it_was_revoked) {
  ASSERT_TRUE(store().add_token(token("ops", "h1")));
  EXPECT_EQ(store().add_token(token("ops", "h2")).error().code, Errc::conflict);
  ASSERT_TRUE(store().revoke_token("ops", monday));
  ASSERT_TRUE(store().add_token(token("ops", "h2")));
  EXPECT_EQ(store().add_token(token("other", "h2")).error().code, Errc::conflict) << "one hash is one token";
  EXPECT_EQ(store().tokens()->size(), 2u);
}

TEST_P(AccessContract, a_join_token_enrols_one_host) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  EXPECT_EQ(**store().find_join_token("t1"), join("t1"));
  EXPECT_EQ(*store().find_join_token("t2"), std::nullopt);
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  subject->restart(false);
  EXPECT_EQ((*store().find_join_token("t1"))->used, monday);
  EXPECT_EQ((*store().find_join_token("t1"))->used_by_key, "key 1");
  EXPECT_EQ(**store().find_enrolment("compute1"), enrolment());
  EXPECT_EQ(**store().find_enrolment(id(1)), enrolment());
  EXPECT_EQ(**store().find_certificate("s1"), certificate("s1"));
}

TEST_P(AccessContract, the_same_key_may_ask_again_another_may_not) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  EXPECT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s2"), false));
  const auto thief = store().enrol("t1", "key 2", enrolment(), certificate("s3"), false);
  ASSERT_FALSE(thief);
  EXPECT_EQ(thief.error().code, Errc::conflict);
  EXPECT_EQ(*store().find_certificate("s3"), std::nullopt);
}

TEST_P(AccessContract, an_unknown_join_token_enrols_nobody) {
  EXPECT_EQ(store().enrol("t9", "key", enrolment(), certificate("s1"), false).error().code, Errc::conflict);
  EXPECT_EQ(*store().find_enrolment("compute1"), std::nullopt);
}

TEST_P(AccessContract, anothers_name_or_id_is_refused_and_the_token_stays_unused) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().add_join_token(join("t2")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(1, "compute1"), certificate("s1"), false));
  EXPECT_EQ(store().enrol("t2", "key 2", enrolment(2, "compute1"), certificate("s2", 2), false).error().code,
            Errc::conflict);
  EXPECT_EQ(store().enrol("t2", "key 2", enrolment(1, "compute2"), certificate("s2"), false).error().code,
            Errc::conflict);
  EXPECT_EQ((*store().find_join_token("t2"))->used, std::nullopt);
}

TEST_P(AccessContract, enrolling_again_revokes_what_was_given_out_before) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().add_join_token(join("t2")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  ASSERT_TRUE(store().enrol("t2", "key 2", enrolment(), certificate("s2"), true));
  EXPECT_TRUE((*store().find_certificate("s1"))->revoked);
  EXPECT_FALSE((*store().find_certificate("s2"))->revoked);
  const auto renewal = store().add_certificate(certificate("s3"), "s1");
  ASSERT_FALSE(renewal) << "a certificate that was revoked while its renewal was under way";
  EXPECT_EQ(renewal.error().code, Errc::access_denied);
  EXPECT_EQ(*store().find_certificate("s3"), std::nullopt);
}

TEST_P(AccessContract, only_an_enrolled_host_renews) {
  EXPECT_EQ(store().add_certificate(certificate("s1"), "s0").error().code, Errc::no_such_host);
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  EXPECT_TRUE(store().add_certificate(certificate("s2"), "s1"));
  EXPECT_TRUE(store().add_certificate(certificate("s3"), "of a database that was lost"));
  EXPECT_FALSE((*store().find_certificate("s1"))->revoked) << "the answer may be lost";
}

TEST_P(AccessContract, removing_a_host_revokes_it_and_frees_its_name) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  write({.removed_hosts = {id(1)}}, monday + Millis{7});
  EXPECT_EQ((*store().find_certificate("s1"))->revoked, monday + Millis{7});
  EXPECT_EQ(*store().find_enrolment("compute1"), std::nullopt);
  EXPECT_EQ(store().add_certificate(certificate("s2"), "s1").error().code, Errc::no_such_host);
}

TEST_P(AccessContract, removing_a_host_ends_the_join_tokens_for_its_name_used_or_not) {
  ASSERT_TRUE(store().add_join_token(join("used")));
  ASSERT_TRUE(store().add_join_token(join("unused")));
  auto others = join("another's");
  others.host = "compute2";
  ASSERT_TRUE(store().add_join_token(others));
  ASSERT_TRUE(store().enrol("used", "key 1", enrolment(), certificate("s1"), false));
  write({.removed_hosts = {id(1)}});
  EXPECT_EQ(*store().find_join_token("used"), std::nullopt);
  EXPECT_EQ(*store().find_join_token("unused"), std::nullopt);
  EXPECT_NE(*store().find_join_token("another's"), std::nullopt);
  EXPECT_EQ(store().enrol("used", "key 1", enrolment(), certificate("s2"), false).error().code,
            Errc::conflict);
}

TEST_P(AccessContract, a_host_that_was_never_heard_can_be_removed) {
  EXPECT_EQ(store().remove_enrolment(id(1), monday).error().code, Errc::no_such_host);
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  ASSERT_TRUE(store().remove_enrolment(id(1), monday + Millis{7}));
  subject->restart(false);
  EXPECT_EQ((*store().find_certificate("s1"))->revoked, monday + Millis{7});
  EXPECT_EQ(*store().find_enrolment("compute1"), std::nullopt);
  EXPECT_EQ(*store().find_join_token("t1"), std::nullopt);
}

TEST_P(AccessContract, a_hosts_valid_certificates_are_counted_from_a_moment_on) {
  ASSERT_TRUE(store().add_join_token(join("t1")));
  ASSERT_TRUE(store().enrol("t1", "key 1", enrolment(), certificate("s1"), false));
  auto later = certificate("s2");
  later.issued += Millis{10};
  ASSERT_TRUE(store().add_certificate(later, "s1"));
  EXPECT_EQ(store().count_certificates(id(1), monday), 2u);
  EXPECT_EQ(store().count_certificates(id(1), monday + Millis{1}), 1u);
  EXPECT_EQ(store().count_certificates(id(2), monday), 0u);
  EXPECT_EQ(store().last_certificate_end(monday), certificate("s1").not_after);
  EXPECT_EQ(store().last_certificate_end(monday - Millis{1}), WallTime{});
  ASSERT_TRUE(store().remove_enrolment(id(1), monday));
  EXPECT_EQ(store().count_certificates(id(1), monday), 0u);
  EXPECT_EQ(store().last_certificate_end(monday), WallTime{});
}

INSTANTIATE_TEST_SUITE_P(Fake, AccessContract, testing::Values(fake_subject));
INSTANTIATE_TEST_SUITE_P(Sqlite, AccessContract, testing::Values(sqlite_subject));

}  // namespace
}  // namespace nova::store
