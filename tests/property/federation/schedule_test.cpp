// SPDX-License-Identifier: Apache-2.0
// The real cores of host and zone under random schedules of actions, partitions, crashes at any step of a
// write, full disks, lost, repeated and reordered messages, lost and restored databases. When the network
// works again:
//
//  - both sides have the same records, and the same holds in force, within six exchanges;
//  - every hold and release that was acknowledged at either door is there. The one exception: where a
//    database was replaced by an older or an empty one, records that were on no disk any more at that moment
//    may be gone (they may also come back, from a message under way);
//    pairs that ended longer ago than the retention are in the history instead, and of the holds that
//    one maker made one after the other the last one stands for all;
//  - no record is there that nobody made, none is altered: so nothing is released because it is absent;
//  - RESUME is never refused for want of room; what both sides made while they did not hear each other still
//    fits the message that the bound on each set is for;
//  - the zone shows exactly the host's services;
//  - no command was begun twice by a host that has kept its database, every action has an end, and what was
//    carried out is known to have been; none was carried out after its deadline.
//
// Each side has a clock of its own, which may be wrong while it is not synchronised: a year ahead, days
// behind.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/property/federation/world.hpp"

namespace nova::federation::property {
namespace {

std::string run(const Schedule& schedule, Theme theme, World::Room* room = nullptr) {
  World world(theme);
  for (const Step& step : schedule) world.perform(step);
  std::string wrong = world.settle();
  if (room) *room += world.room();
  return wrong;
}

/// The shortest part of a failing schedule that still fails.
Schedule shrink(Schedule schedule, Theme theme) {
  for (std::size_t size = schedule.size() / 2; size > 0; size /= 2)
    for (std::size_t at = 0; at + size <= schedule.size();) {
      Schedule shorter = schedule;
      const auto first = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(first, first + static_cast<std::ptrdiff_t>(size));
      if (run(shorter, theme).empty())
        ++at;
      else
        schedule = std::move(shorter);
    }
  return schedule;
}

/// NOVA_SCHEDULES and NOVA_SEED choose how many, and which.
std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// @return how often the bound on the sets was met
World::Room check(Theme theme, std::uint64_t count) {
  World::Room room;
  const auto seed = setting("NOVA_SEED", 20261123);
  std::mt19937_64 chance(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Schedule schedule = random_schedule(chance, theme);
    const std::string wrong = run(schedule, theme, &room);
    if (wrong.empty()) continue;
    const Schedule shortest = shrink(schedule, theme);
    ADD_FAILURE() << "schedule " << i << " of seed " << seed << ": " << wrong << "\n\nas short as it gets ("
                  << run(shortest, theme) << "):\n"
                  << to_string(shortest);
    break;
  }
  return room;
}

TEST(Federation, EndsEqualAndLosesNothingUnderAnySchedule) {
  check(Theme::faults, setting("NOVA_SCHEDULES", 10'000));
}

TEST(Federation, EndsEqualAndReleasesNothingWhereTheSetsAreFull) {
  const std::uint64_t count = setting("NOVA_SCHEDULES", 10'000) / 5;
  const World::Room room = check(Theme::room, count);
  const auto enough = static_cast<int>(count / 20);
  EXPECT_GE(room.full_host, enough) << "the schedules are to meet the bound at the host";
  EXPECT_GE(room.full_zone, enough) << "and in the zone";
  EXPECT_GE(room.beyond, enough) << "and what both have made has to be more than one set takes";
}

TEST(Federation, ForgetsEndedPairsOfOldAgeOnBothSidesAndNothingElse) {
  check(Theme::age, setting("NOVA_SCHEDULES", 10'000) / 5);
}

}  // namespace
}  // namespace nova::federation::property
