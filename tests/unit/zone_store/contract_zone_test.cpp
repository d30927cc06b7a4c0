// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_store/subjects.hpp"

namespace nova::store {
namespace {

struct ZoneContract : Contract {
  const zone::HostRecord compute1 = a_host(1, "compute1");
  const Uuid service = compute1.services[0].facts.id;

  zone::HostDelta holds(std::vector<Hold> adds, std::vector<Release> releases = {}) const {
    return {compute1.id, {std::move(adds), std::move(releases)}};
  }
  Release release(std::uint8_t number, const std::string& actor, WallTime at) const {
    return {.hold = id(0xa0, number), .actor = actor, .at = at, .door = Door::bus, .message = "done"};
  }
  zone::ActionRecord ended(std::uint8_t number, Outcome outcome) const {
    auto record = an_action(number, compute1.id, service);
    record.action.outcome = outcome;
    record.action.finished = monday + Millis{99};
    record.action.message = "as it ended";
    return record;
  }
};

TEST_P(ZoneContract, a_new_store_is_empty_and_may_have_forgotten_all_before) {
  const auto memory = loaded(monday + std::chrono::hours{1});
  EXPECT_FALSE(memory.zone.is_nil());
  EXPECT_EQ(memory.born, monday);
  EXPECT_TRUE(memory.hosts.empty());
  EXPECT_THAT(memory.forgotten, testing::ElementsAre(std::pair(WallTime{}, monday + std::chrono::hours{1})));
}

TEST_P(ZoneContract, the_zone_keeps_its_id) {
  const auto before = loaded();
  subject->restart(false);
  EXPECT_EQ(loaded().zone, before.zone);
}

TEST_P(ZoneContract, everything_written_is_read_after_a_restart) {
  const auto record = an_action(1, compute1.id, service);
  const zone::CommandRecord command{.host = compute1.id,
                                    .command = {.id = record.action.id,
                                                .service = service,
                                                .verb = Verb::restart,
                                                .actor = "alice",
                                                .reason = "new kernel",
                                                .remaining = Millis{5000},
                                                .thaw = true,
                                                .force = true},
                                    .deadline = BootTime{Millis{77}}};
  const auto pair = holds({a_hold(1, service), a_hold(2, service)}, {release(1, "bob", monday)});
  write({.hosts = {compute1}, .holds = {pair}, .actions = {record}, .commands = {command}});
  subject->restart(false);

  const auto memory = loaded();
  EXPECT_THAT(memory.hosts, testing::ElementsAre(compute1));
  ASSERT_TRUE(memory.holds.contains(compute1.id));
  EXPECT_EQ(memory.holds.at(compute1.id), pair.delta);
  EXPECT_THAT(memory.unfinished, testing::ElementsAre(record));
  EXPECT_THAT(memory.commands, testing::ElementsAre(command));
}

TEST_P(ZoneContract, a_command_of_another_boot_is_marked) {
  const auto record = an_action(1, compute1.id, service);
  write({.actions = {record}, .commands = {{.host = compute1.id, .command = {.id = record.action.id}}}});
  subject->restart(true);
  ASSERT_EQ(loaded().commands.size(), 1u);
  EXPECT_FALSE(loaded().commands[0].this_boot);
}

TEST_P(ZoneContract, repeating_a_step_changes_nothing) {
  const zone::Durable step{.hosts = {compute1},
                           .holds = {holds({a_hold(1, service)})},
                           .actions = {an_action(1, compute1.id, service)}};
  write(step);
  write(step);
  const auto memory = loaded();
  EXPECT_EQ(memory.hosts.size(), 1u);
  EXPECT_EQ(memory.holds.at(compute1.id).adds.size(), 1u);
  EXPECT_EQ(memory.unfinished.size(), 1u);
}

TEST_P(ZoneContract, two_hosts_may_have_the_same_hold_id) {
  write({.holds = {holds({a_hold(1, service)}), {id(2), {.adds = {a_hold(1, id(0x44))}}}}});
  const auto memory = loaded();
  EXPECT_EQ(memory.holds.at(compute1.id).adds[0].service, service);
  EXPECT_EQ(memory.holds.at(id(2)).adds[0].service, id(0x44));
}

TEST_P(ZoneContract, of_two_releases_the_earlier_stays_whichever_comes_first) {
  write({.holds = {holds({a_hold(1, service)}, {release(1, "late", monday + Millis{9})})}});
  write({.holds = {holds({}, {release(1, "early", monday)})}});
  write({.holds = {holds({}, {release(1, "late", monday + Millis{9})})}});
  EXPECT_EQ(loaded().holds.at(compute1.id).releases[0].actor, "early");
}

TEST_P(ZoneContract, of_two_releases_at_one_moment_the_same_stays_everywhere) {
  write({.holds = {holds({a_hold(1, service)}, {release(1, "zoe", monday)})}});
  write({.holds = {holds({}, {release(1, "adam", monday)})}});
  EXPECT_EQ(loaded().holds.at(compute1.id).releases[0].actor, "adam");
}

TEST_P(ZoneContract, an_action_moves_on_and_ends_once) {
  write({.actions = {an_action(1, compute1.id, service)}});
  write({.actions = {ended(1, Outcome::succeeded)}});
  write({.actions = {ended(1, Outcome::failed)}});
  const auto action = store().action(id(0xac, 1));
  ASSERT_TRUE(action && *action);
  EXPECT_EQ((*action)->action, ended(1, Outcome::succeeded).action);
  EXPECT_TRUE(loaded().unfinished.empty());
}

TEST_P(ZoneContract, a_later_word_replaces_indeterminate) {
  write({.actions = {ended(1, Outcome::indeterminate)}});
  write({.actions = {ended(1, Outcome::running)}});
  EXPECT_EQ((*store().action(id(0xac, 1)))->action.outcome, Outcome::indeterminate);
  write({.actions = {ended(1, Outcome::failed)}});
  EXPECT_EQ((*store().action(id(0xac, 1)))->action.outcome, Outcome::failed);
}

TEST_P(ZoneContract, an_unknown_action_is_nothing) {
  EXPECT_EQ(*store().action(id(0xac, 9)), std::nullopt);
}

TEST_P(ZoneContract, an_ended_command_is_gone) {
  write({.commands = {{.host = compute1.id, .command = {.id = id(0xac, 1)}}}});
  write({.ended_commands = {id(0xac, 1)}});
  EXPECT_TRUE(loaded().commands.empty());
}

TEST_P(ZoneContract, the_history_is_read_newest_first_in_pages) {
  zone::Durable step;
  for (std::uint8_t i = 1; i <= 5; ++i) step.actions.push_back(an_action(i, compute1.id, service));
  step.actions.push_back(an_action(6, compute1.id, id(0x44)));
  write(step);
  const auto numbers = [&](std::size_t limit, std::optional<Uuid> marker) {
    std::vector<int> found;
    const auto page = store().actions(service, limit, marker);
    for (const Action& action : *page) found.push_back(action.id.bytes.back());
    return found;
  };
  EXPECT_THAT(numbers(3, {}), testing::ElementsAre(5, 4, 3));
  EXPECT_THAT(numbers(3, id(0xac, 3)), testing::ElementsAre(2, 1));
  EXPECT_THAT(numbers(9, {}), testing::ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(numbers(3, id(0xac, 1)), testing::IsEmpty());
}

TEST_P(ZoneContract, a_marker_that_is_not_there_is_named) {
  write({.actions = {an_action(6, compute1.id, id(0x44))}});
  for (std::uint8_t marker : {6, 7}) {
    const auto page = store().actions(service, 3, id(0xac, marker));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, Errc::no_such_action);
    EXPECT_EQ(page.error().field, "marker");
  }
}

TEST_P(ZoneContract, pruned_pairs_leave_the_set) {
  const auto pair = holds({a_hold(1, service)}, {release(1, "bob", monday)});
  write({.holds = {pair, holds({a_hold(2, service)})}});
  write({.pruned = {pair}});
  EXPECT_EQ(loaded().holds.at(compute1.id).adds.size(), 1u);
  EXPECT_EQ(loaded().holds.at(compute1.id).adds[0].id, id(0xa0, 2));
  EXPECT_TRUE(loaded().holds.at(compute1.id).releases.empty());
  write({.holds = {pair}});
  EXPECT_EQ(loaded().holds.at(compute1.id).adds.size(), 2u) << "a host that still has them brings them back";
  EXPECT_EQ(loaded().holds.at(compute1.id).releases, pair.delta.releases);
}

TEST_P(ZoneContract, saved_facts_are_there_after_a_restart_and_only_of_known_hosts) {
  write({.hosts = {compute1}});
  auto changed = compute1;
  changed.services.pop_back();
  changed.services[0].facts.unit.active_state = "failed";
  changed.last_seen = monday + std::chrono::hours{2};
  ASSERT_TRUE(store().save({changed, a_host(2, "removed-meanwhile")}, {ended(1, Outcome::succeeded)}));
  subject->restart(false);
  EXPECT_THAT(loaded().hosts, testing::ElementsAre(changed));
  EXPECT_EQ((*store().action(id(0xac, 1)))->action.outcome, Outcome::succeeded);
}

TEST_P(ZoneContract, when_a_host_was_heard_is_saved_alone_and_only_of_known_hosts) {
  write({.hosts = {compute1, a_host(2, "compute2")}});
  const WallTime later = monday + std::chrono::days{3};
  ASSERT_TRUE(store().save_last_seen({{compute1.id, later}, {id(3), later}}));
  subject->restart(false);
  auto heard = compute1;
  heard.last_seen = later;
  EXPECT_THAT(loaded().hosts, testing::ElementsAre(heard, a_host(2, "compute2")));
}

TEST_P(ZoneContract, a_removed_host_leaves_its_history_and_its_holds) {
  write({.hosts = {compute1, a_host(2, "compute2")},
         .holds = {holds({a_hold(1, service)}, {release(1, "bob", monday)})},
         .actions = {an_action(1, compute1.id, service)},
         .commands = {{.host = compute1.id, .command = {.id = id(0xac, 1)}}}});
  write({.actions = {ended(1, Outcome::expired)}, .removed_hosts = {compute1.id}});
  const auto memory = loaded();
  EXPECT_THAT(memory.hosts, testing::ElementsAre(a_host(2, "compute2")));
  ASSERT_TRUE(memory.holds.contains(compute1.id)) << "it may be enrolled again, with them on its disk";
  EXPECT_EQ(memory.holds.at(compute1.id).adds.size(), 1u);
  EXPECT_EQ(memory.holds.at(compute1.id).releases.size(), 1u);
  EXPECT_TRUE(memory.commands.empty());
  EXPECT_EQ(store().actions(service, 10, {})->size(), 1u);

  ASSERT_TRUE(store().forget(monday + Millis{1}, 100));
  EXPECT_TRUE(loaded().holds[compute1.id].adds.empty()) << "pairs of old age go";
}

TEST_P(ZoneContract, what_was_not_written_before_a_start_may_be_forgotten) {
  loaded(monday);
  write({}, monday + std::chrono::hours{1});
  subject->restart(false);
  const auto memory = loaded(monday + std::chrono::hours{3});
  EXPECT_THAT(memory.forgotten,
              testing::ElementsAre(std::pair(WallTime{}, monday), std::pair(monday + std::chrono::hours{1},
                                                                            monday + std::chrono::hours{3})));
}

TEST_P(ZoneContract, gaps_older_than_the_retention_do_not_count) {
  loaded(monday);
  subject->restart(false);
  const auto memory = loaded(monday + std::chrono::days{91});
  EXPECT_THAT(memory.forgotten, testing::ElementsAre(std::pair(monday, monday + std::chrono::days{91})));
}

TEST_P(ZoneContract, a_clock_that_was_put_back_may_have_forgotten_all_in_between) {
  loaded(monday);
  write({}, monday + std::chrono::hours{3});
  subject->restart(false);
  EXPECT_THAT(loaded(monday + std::chrono::hours{1}).forgotten,
              testing::Contains(std::pair(monday + std::chrono::hours{1}, monday + std::chrono::hours{3})));
}

TEST_P(ZoneContract, the_history_of_one_service_is_bounded_by_count) {
  const Uuid other = service_id(compute1.id, "nova-api", "");
  auto elsewhere = ended(9, Outcome::succeeded);
  elsewhere.action.service = other;
  write({.actions = {an_action(1, compute1.id, service), ended(2, Outcome::succeeded), elsewhere,
                     ended(3, Outcome::failed), ended(4, Outcome::succeeded)}});
  ASSERT_TRUE(store().forget(WallTime{}, 2));
  EXPECT_TRUE(*store().action(id(0xac, 1))) << "it has not ended";
  EXPECT_FALSE(*store().action(id(0xac, 2)));
  EXPECT_TRUE(*store().action(id(0xac, 3)));
  EXPECT_TRUE(*store().action(id(0xac, 4)));
  EXPECT_TRUE(*store().action(id(0xac, 9))) << "another service has a history of its own";
}

TEST_P(ZoneContract, the_history_is_bounded) {
  write({.actions = {ended(1, Outcome::succeeded), an_action(2, compute1.id, service),
                     ended(3, Outcome::failed)}});
  ASSERT_TRUE(store().forget(monday + Millis{3}, 100));
  EXPECT_EQ(*store().action(id(0xac, 1)), std::nullopt);
  EXPECT_TRUE(*store().action(id(0xac, 2))) << "it has not ended";
  EXPECT_TRUE(*store().action(id(0xac, 3))) << "it is young enough";
}

INSTANTIATE_TEST_SUITE_P(Fake, ZoneContract, testing::Values(fake_subject));
INSTANTIATE_TEST_SUITE_P(Sqlite, ZoneContract, testing::Values(sqlite_subject));

}  // namespace
}  // namespace nova::store
