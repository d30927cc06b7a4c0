// SPDX-License-Identifier: Apache-2.0
// The rules of enrolment over the stores that keep what they decide.
#include "pki/key.hpp"
#include "rest/ca/registrar.hpp"
#include "rest/enrolment_book.hpp"
#include "rest/protocol/enrolment.hpp"
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

using std::chrono::minutes;

struct EnrollingContract : Contract {
  /// What a registrar over the store of this very moment does.
  template <typename Ask>
  Result<std::string> asked(Ask ask) {
    const auto clock = [this] { return now; };
    zone::EnrolmentBook book(store(), clock);
    ca::Registrar registrar(authority, book, minutes{10}, clock);
    return ask(registrar);
  }
  std::string a_token() {
    return asked([](auto& registrar) { return registrar.create_token("compute1", "root"); }).value();
  }
  Result<std::string> enrol(const std::string& token) {
    const protocol::EnrolRequest request{
        .token = token, .name = "compute1", .host = id(1), .csr = pki::make_request(key, "compute1").value()};
    return asked([&](auto& registrar) { return registrar.enrol(encode(request)); });
  }

  WallTime now = monday;
  Scratch folder;
  ca::CurrentAuthority authority{ca::Authority::open(folder.path() / "ca", "north", monday).value()};
  const pki::Key key = pki::Key::generate().value();
};

TEST_P(EnrollingContract, a_join_token_that_ran_out_is_refused_and_nothing_changes) {
  const std::string token = a_token();
  const JoinToken before = **store().find_join_token(pki::sha256(token));
  subject->restart(false);
  now = before.expires;

  const auto refused = enrol(token);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::access_denied);
  EXPECT_EQ(refused.error().field, "token");
  EXPECT_EQ(
      refused.error().message,
      "cannot enrol compute1: the join token ran out at 2026-11-23T07:00:00.000Z; make a new one on the "
      "zone's host: novazoned --join-token compute1");

  subject->restart(false);
  EXPECT_EQ(**store().find_join_token(pki::sha256(token)), before) << "not used up either";
  EXPECT_EQ(*store().find_enrolment("compute1"), std::nullopt);
  EXPECT_EQ(*store().find_enrolment(id(1)), std::nullopt);
  EXPECT_EQ(store().count_certificates(id(1), WallTime{}), 0u);
}

TEST_P(EnrollingContract, it_is_good_until_its_last_moment) {
  const std::string token = a_token();
  now = (*store().find_join_token(pki::sha256(token)))->expires - Millis{1};
  EXPECT_TRUE(enrol(token));
}

TEST_P(EnrollingContract, a_used_one_runs_out_as_well_also_for_the_key_that_used_it) {
  const std::string token = a_token();
  ASSERT_TRUE(enrol(token));
  now += ca::join_token_life;
  const auto refused = enrol(token);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("the join token ran out"));
  EXPECT_EQ(store().count_certificates(id(1), WallTime{}), 1u);
}

INSTANTIATE_TEST_SUITE_P(Fake, EnrollingContract, testing::Values(fake_subject));
INSTANTIATE_TEST_SUITE_P(Sqlite, EnrollingContract, testing::Values(sqlite_subject));

}  // namespace
}  // namespace nova::store
