// SPDX-License-Identifier: Apache-2.0
#include "model/vocabulary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "model/error.hpp"

namespace nova {
namespace {

/// Every value has a word of its own, and the word leads back to it.
template <typename E>
void check(std::initializer_list<E> values, std::optional<E> (*parse)(std::string_view)) {
  std::set<std::string_view> words;
  for (const E value : values) {
    EXPECT_EQ(parse(to_string(value)), value);
    EXPECT_TRUE(words.insert(to_string(value)).second) << to_string(value) << " is the word of two values";
  }
  for (const char* other : {"", "Up", "PAUSE", "none", "up ", "\0"})
    EXPECT_EQ(parse(other), std::nullopt) << other;
}

TEST(Vocabulary, EveryWordLeadsBackToItsValue) {
  check({Kind::api, Kind::metadata, Kind::compute, Kind::conductor, Kind::scheduler, Kind::console_proxy},
        parse_kind);
  check({State::up, State::down, State::unknown}, parse_state);
  check({Phase::open, Phase::pausing, Phase::paused, Phase::resuming}, parse_phase);
  check({Verb::pause, Verb::resume, Verb::start, Verb::stop, Verb::restart, Verb::suspend}, parse_verb);
  check({Door::bus, Door::rest, Door::unit}, parse_door);
  check({Enforcer::gate, Enforcer::scheduler, Enforcer::user_actions}, parse_enforcer);
  check({EnforcementState::applied, EnforcementState::pending, EnforcementState::unavailable,
         EnforcementState::unconfigured},
        parse_enforcement_state);
  check({Outcome::accepted, Outcome::running, Outcome::succeeded, Outcome::failed, Outcome::refused,
         Outcome::expired, Outcome::indeterminate},
        parse_outcome);
  check({Role::reader, Role::operator_, Role::admin}, parse_role);
}

TEST(Vocabulary, OutcomesThatChangeNoMoreAreFinal) {
  EXPECT_FALSE(is_final(Outcome::accepted));
  EXPECT_FALSE(is_final(Outcome::running));
  EXPECT_TRUE(is_final(Outcome::succeeded));
  EXPECT_TRUE(is_final(Outcome::indeterminate));
}

TEST(Vocabulary, PauseIsForComputeAndTheRestForEverything) {
  using testing::ElementsAre;
  EXPECT_THAT(verbs_of(Kind::compute),
              ElementsAre(Verb::pause, Verb::resume, Verb::start, Verb::stop, Verb::restart, Verb::suspend));
  for (const Kind kind : {Kind::api, Kind::metadata, Kind::conductor, Kind::scheduler, Kind::console_proxy})
    EXPECT_THAT(verbs_of(kind), ElementsAre(Verb::start, Verb::stop, Verb::restart, Verb::suspend));
}

TEST(Vocabulary, EveryErrorHasAWord) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code)
    EXPECT_NE(to_string(static_cast<Errc>(code)), "unknown") << code;
}

}  // namespace
}  // namespace nova
