// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/property/federation/host_side.hpp"
#include "tests/property/federation/zone_side.hpp"

namespace nova::federation::property {

inline constexpr Uuid the_host{
    {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x47, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 1}};
inline constexpr BootTime host_booted{Millis{5'000'000}};
inline constexpr BootTime zone_booted{Millis{9'000'000}};

/// One step of a schedule: what happens, and a number that picks among its ways. Every step is possible at
/// any time, so that any part of a schedule is a schedule.
struct Step {
  std::uint8_t what;
  std::uint16_t how;
};
using Schedule = std::vector<Step>;

/// What a schedule is about.
enum class Theme {
  faults,  ///< everything but old age; clocks stop being synchronised, and are right all the same
  age,     ///< months pass, so that ended pairs leave the sets, and clocks are wrong
  room,    ///< a few holds fill a set, and it is paused more than that
};

Schedule random_schedule(std::mt19937_64& chance, Theme theme);
std::string to_string(const Schedule& schedule);

/// A host, its zone, and the network between them in which messages wait, overtake each other, are repeated
/// and get lost.
class World {
 public:
  explicit World(Theme theme);

  void perform(const Step& step);
  /// The network works again and nothing fails any more: lets both talk until they are quiet.
  /// @return what is wrong then, or ""
  std::string settle();

  /// How often the bound on the sets was met.
  struct Room {
    int full_host = 0;  ///< PAUSE was refused there
    int full_zone = 0;
    int beyond = 0;  ///< the sides together had more than either would have made
    Room& operator+=(const Room& more);
  };
  const Room& room() const { return room_; }

 private:
  void act_at_host(std::uint16_t how);
  void act_at_zone(std::uint16_t how);
  void judge(Verb verb, const std::optional<Error>& refusal, int& full);
  void command(std::uint16_t how);
  void deliver_request(std::uint16_t how);
  void deliver_answer(std::uint16_t how);
  void lose(std::uint16_t how);
  void break_disk(std::uint16_t how);
  void copy_databases();
  void restore_database(std::uint16_t how);
  void pass(std::uint16_t how);
  void pass_months(std::uint16_t how);
  void change_clock(std::uint16_t how);
  void set_clocks_right();
  void advance(Millis time);
  void talk();
  std::string compare_room();
  std::string compare_facts() const;
  std::string compare_commands() const;
  std::string compare_deadlines() const;
  Uuid fresh();

  /// One machine's clocks. A synchronised one is right to a second.
  struct Clock {
    Now now;
    Millis wrong_by{0};
  };

  std::size_t max_weight_;
  Clock host_clock_;
  Clock zone_clock_;
  std::uint64_t last_id_ = 0;
  Ledger ledger_;
  HostSide host_;
  ZoneSide zone_;
  std::vector<std::string> requests_;
  std::vector<std::string> answers_;
  std::optional<host::Saved> host_copy_;
  std::optional<ZoneDatabase> zone_copy_;
  Millis time_{0};               // since the beginning, as nobody's clock has it
  Millis copied_{0};             // when the copies were made
  bool zone_was_wrong_ = false;  // it dated records by a wrong clock
  std::string refused_;          // why the zone refused the last report
  Room room_;
  std::string refused_resume_;  // which never is
  bool forgot_ = false;         // a database was replaced: it may run a command again, or not know one
};

}  // namespace nova::federation::property
