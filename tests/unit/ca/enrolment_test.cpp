// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/enrolment.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ca/a_zone.hpp"

namespace nova::ca {
namespace {

using namespace tests;

EnrolmentFacts a_fresh_token() {
  return {.token = JoinToken{.hash = "h",
                             .host = "compute1",
                             .created_by = "root",
                             .expires = noon + hours{1},
                             .used = {},
                             .used_by_key = {}}};
}

EnrolmentRequest compute1(const Uuid& id = id_1) {
  return {.name = "compute1", .host = id, .key = "key-a"};
}

Error refusal(const EnrolmentFacts& facts, const EnrolmentRequest& request, WallTime now = noon) {
  const auto plan = plan_enrolment(facts, request, now);
  if (plan) return {Errc::internal, "it was planned", ""};
  return plan.error();
}

TEST(Enrolment, AFreshTokenGivesTheHostTheIdThatItChose) {
  const auto plan = plan_enrolment(a_fresh_token(), compute1(), noon);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->enrolment, (Enrolment{id_1, "compute1", noon}));
  EXPECT_FALSE(plan->supersedes);
}

TEST(Enrolment, AnUnknownTokenIsNoCredential) {
  const Error error = refusal({}, compute1());
  EXPECT_EQ(error.code, Errc::unauthenticated);
  EXPECT_EQ(error.field, "token");
  EXPECT_NE(error.message.find("novazoned --join-token compute1"), std::string::npos) << error.message;
}

TEST(Enrolment, ATokenIsForItsNameOnly) {
  EnrolmentRequest request = compute1();
  request.name = "compute2";
  const Error error = refusal(a_fresh_token(), request);
  EXPECT_EQ(error.code, Errc::access_denied);
  EXPECT_EQ(error.field, "name");
  EXPECT_NE(error.message.find("is for compute1"), std::string::npos);
}

TEST(Enrolment, ATokenIsForItsHourOnly) {
  EXPECT_TRUE(plan_enrolment(a_fresh_token(), compute1(), noon + hours{1} - Millis{1}));
  const Error error = refusal(a_fresh_token(), compute1(), noon + hours{1});
  EXPECT_EQ(error.code, Errc::access_denied);
  EXPECT_NE(error.message.find("ran out at 2026-11-23T13:00:00.000Z"), std::string::npos) << error.message;
}

TEST(Enrolment, ATokenIsForOneKey) {
  EnrolmentFacts facts = a_fresh_token();
  facts.token->used = noon;
  facts.token->used_by_key = "key-a";
  facts.by_name = facts.by_id = Enrolment{id_1, "compute1", noon};
  EXPECT_TRUE(plan_enrolment(facts, compute1(), noon + minutes{5}))
      << "its answer was lost: it may ask again";
  EnrolmentRequest other = compute1();
  other.key = "key-b";
  const Error error = refusal(facts, other, noon + minutes{5});
  EXPECT_EQ(error.code, Errc::access_denied);
  EXPECT_NE(error.message.find("was used at 2026-11-23T12:00:00.000Z"), std::string::npos);
  EXPECT_EQ(refusal(facts, compute1(), noon + hours{1}).code, Errc::access_denied)
      << "repeating has its hour too";
}

TEST(Enrolment, AHostInstalledAnewHasItsFormerIdAgain) {
  EnrolmentFacts facts = a_fresh_token();
  facts.by_name = Enrolment{id_1, "compute1", noon - hours{1000}};
  const auto plan = plan_enrolment(facts, compute1(id_2), noon);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->enrolment, *facts.by_name);
  EXPECT_TRUE(plan->supersedes) << "the certificates of the former installation are over";
}

TEST(Enrolment, AHostWithHoldsIsNotGivenAnotherId) {
  EnrolmentFacts facts = a_fresh_token();
  facts.by_name = Enrolment{id_1, "compute1", noon - hours{1000}};
  EnrolmentRequest request = compute1(id_2);
  request.keep_id = true;
  const Error error = refusal(facts, request);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_NE(error.message.find(to_string(id_1)), std::string::npos);
  EXPECT_TRUE(plan_enrolment(facts, EnrolmentRequest{compute1(id_1)}, noon));
}

TEST(Enrolment, ACopiedMachineIsNamed) {
  EnrolmentFacts facts = a_fresh_token();
  facts.by_id = Enrolment{id_1, "compute7", noon - hours{1}};
  const Error error = refusal(facts, compute1());
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.field, "host");
  EXPECT_NE(error.message.find("belongs to compute7"), std::string::npos);
}

TEST(HostName, IsWhatACertificateCanCarry) {
  for (const char* good : {"a", "compute1", "compute-1.example.org", "rack_7.node", "10.0.0.1"})
    EXPECT_TRUE(check_host_name(good)) << good;
  EXPECT_TRUE(check_host_name(std::string(253, 'a')));
  for (const char* bad :
       {"", ".", "-a", "a-", "a b", "a,DNS:b", "a/b", "a\nb", "*", "*.example.org", "ä", "a:b"})
    EXPECT_FALSE(check_host_name(bad)) << bad;
  EXPECT_FALSE(check_host_name(std::string(254, 'a')));
  EXPECT_FALSE(check_host_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace nova::ca
