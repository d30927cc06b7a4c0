// SPDX-License-Identifier: Apache-2.0
#include "tests/property/federation/world.hpp"

#include <algorithm>
#include <iterator>

namespace nova::federation::property {
namespace {

constexpr const char* people[] = {"alice", "bob", "carol"};

/// Older copies cannot be told from what really is: their holds are as old as the evidence that they ended.
constexpr std::chrono::days oldest_copy{80};

/// How often each kind of step is chosen, in the order of World::perform().
constexpr int fault_weights[] = {10, 10, 4, 18, 18, 18, 4, 3, 2, 2, 2, 1, 8, 4, 4, 3, 0, 0};
constexpr int room_weights[] = {22, 22, 1, 14, 14, 14, 4, 2, 4, 4, 1, 1, 6, 2, 1, 3, 0, 0};
constexpr int age_weights[] = {14, 14, 0, 18, 18, 18, 4, 2, 2, 2, 2, 2, 6, 1, 0, 3, 6, 3};
constexpr const char* names[] = {"act at the host", "act at the zone", "command",        "send",
                                 "to the zone",     "to the host",     "lose a message", "break a disk",
                                 "crash the host",  "crash the zone",  "copy databases", "restore a database",
                                 "time passes",     "units change",    "a job ends",     "ticks",
                                 "months pass",     "a clock changes"};

/// Three holds in force, or one and a few that have ended.
constexpr std::size_t little_room = 6'000;

template <typename T>
std::size_t pick(const std::vector<T>& from, std::uint16_t how) {
  return how % from.size();
}

}  // namespace

Schedule random_schedule(std::mt19937_64& chance, Theme theme) {
  const auto& weights = theme == Theme::faults ? fault_weights
                        : theme == Theme::age  ? age_weights
                                               : room_weights;
  std::discrete_distribution<int> what(std::begin(weights), std::end(weights));
  std::uniform_int_distribution<int> how(0, 0xFFFF);
  Schedule schedule(std::uniform_int_distribution<std::size_t>(5, 70)(chance));
  for (Step& step : schedule)
    step = {static_cast<std::uint8_t>(what(chance)), static_cast<std::uint16_t>(how(chance))};
  return schedule;
}

std::string to_string(const Schedule& schedule) {
  std::string text;
  for (const Step& step : schedule)
    text += std::string(names[step.what]) + " (" + std::to_string(step.how) + ")\n";
  return text;
}

World::World(Theme theme)
    : max_weight_(theme == Theme::room ? little_room : HoldSet::max_weight),
      host_clock_{
          {.wall = *parse_rfc3339("2026-11-23T06:00:00Z"), .boot = host_booted, .synchronised = true}},
      zone_clock_{{.wall = host_clock_.now.wall, .boot = zone_booted, .synchronised = true}},
      host_(the_host, max_weight_, host_clock_.now, ledger_, [this] { return fresh(); }),
      zone_(max_weight_, zone_clock_.now, ledger_, [this] { return fresh(); }) {}

Uuid World::fresh() {
  // Unlike real ones they are the same in every run; mixed, so that their order says nothing of their age.
  Uuid id;
  const std::uint64_t mixed = ++last_id_ * 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(mixed >> (i * 8));
  for (std::size_t i = 8; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(last_id_ >> ((i - 8) * 8));
  id.bytes[6] = static_cast<std::uint8_t>(id.bytes[6] & 0x0f) | 0x40;  // as random ones are
  id.bytes[8] = static_cast<std::uint8_t>(id.bytes[8] & 0x3f) | 0x80;
  return id;
}

void World::perform(const Step& step) {
  const bool at_host = step.how % 2 == 0;
  try {
    switch (step.what) {
      case 0:
        return act_at_host(step.how);
      case 1:
        return act_at_zone(step.how);
      case 2:
        return command(step.how);
      case 3:
        return requests_.push_back(host_.send());
      case 4:
        return deliver_request(step.how);
      case 5:
        return deliver_answer(step.how);
      case 6:
        return lose(step.how);
      case 7:
        return break_disk(step.how);
      case 8:
        return host_.start();
      case 9:
        return zone_.start();
      case 10:
        return copy_databases();
      case 11:
        return restore_database(step.how);
      case 12:
        return pass(step.how);
      case 13:
        return host_.observe(1 + step.how % 3, step.how / 3 % 5);
      case 14:
        return host_.units.finish();
      case 15:
        return at_host ? host_.tick() : zone_.tick();
      case 16:
        return pass_months(step.how);
      default:
        return change_clock(step.how);
    }
  } catch (const Crash&) {
    // Only one disk can have been broken; starting the other as well is one more schedule.
    host_.start();
    zone_.start();
  }
}

void World::act_at_host(std::uint16_t how) {
  const std::string who = people[how % 3];
  const bool with_end = how / 6 % 4 == 0;
  const auto until =
      with_end ? std::optional(host_clock_.now.wall + std::chrono::seconds(1 + how % 400)) : std::nullopt;
  const Uuid service = host_.compute(how / 64 % 3 == 0);
  const Verb verb = how / 3 % 2 == 0 ? Verb::pause : Verb::resume;
  const auto done =
      verb == Verb::pause ? host_.pause(service, who, until) : host_.resume(service, who, how / 6 % 5 == 0);
  judge(verb, done ? std::nullopt : std::optional(done.error()), room_.full_host);
}

/// A set that is full refuses PAUSE. Whatever else is in the way of a RESUME, the size of the set is not.
void World::judge(Verb verb, const std::optional<Error>& refusal, int& full) {
  if (!refusal || refusal->code != Errc::unavailable) return;
  if (verb == Verb::pause)
    ++full;
  else
    refused_resume_ = refusal->message;
}

void World::act_at_zone(std::uint16_t how) {
  const bool with_end = how / 6 % 4 == 0;
  zone::ActionRequest request{
      .service = host_.compute(how / 64 % 3 == 0),
      .verb = how / 3 % 2 == 0 ? Verb::pause : Verb::resume,
      .caller = {.actor = people[how % 3], .door = Door::rest, .may_override = how / 6 % 5 == 0},
      .reason = "maintenance"};
  request.all = request.verb == Verb::resume && request.caller.may_override;
  if (request.verb == Verb::pause && with_end)
    request.until = zone_clock_.now.wall + std::chrono::seconds(1 + how % 400);
  const auto done = zone_.act(request);
  judge(request.verb, done ? std::nullopt : std::optional(done.error()), room_.full_zone);
}

void World::command(std::uint16_t how) {
  zone::ActionRequest request{.service = host_.compute(how / 64 % 3 == 0),
                              .verb = how % 2 == 0 ? Verb::start : Verb::restart,
                              .caller = {.actor = "alice", .door = Door::rest},
                              .deadline = Millis{1000 + how}};
  static_cast<void>(zone_.act(request));
}

void World::deliver_request(std::uint16_t how) {
  if (requests_.empty()) return;
  const auto at = pick(requests_, how);
  const std::string body = requests_[at];
  if (how % 5 != 0)
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(at));  // else it is repeated
  if (auto answer = zone_.sync(body))
    answers_.push_back(*std::move(answer));
  else
    refused_ = answer.error().message;
}

void World::deliver_answer(std::uint16_t how) {
  if (answers_.empty()) return;
  const auto at = pick(answers_, how);
  const std::string body = answers_[at];
  if (how % 5 != 0) answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(at));
  host_.receive(body);
}

void World::lose(std::uint16_t how) {
  auto& from = how % 2 == 0 ? requests_ : answers_;
  if (!from.empty()) from.erase(from.begin() + static_cast<std::ptrdiff_t>(pick(from, how / 2)));
}

void World::break_disk(std::uint16_t how) {
  constexpr Fault faults[] = {Fault::die_before, Fault::die_after, Fault::full};
  (how % 2 == 0 ? host_.disk.fault : zone_.fault) = faults[how / 2 % 3];
}

void World::copy_databases() {
  host_copy_ = host_.disk.saved;
  zone_copy_ = zone_.database;
  copied_ = time_;
}

void World::restore_database(std::uint16_t how) {
  const bool lost = how / 2 % 2 == 0;
  const bool at_host = how % 2 == 0;
  // Whether a lost record may come back from the host is judged by when the zone's store was not written, so
  // by the zone's clock.
  if (!at_host && zone_was_wrong_) return;
  if (!lost && time_ - copied_ > oldest_copy) return;
  forgot_ = true;
  if (at_host) {
    host_.restore(lost || !host_copy_ ? host::Saved{.born = host_clock_.now.wall} : *host_copy_);
    host_.observe(1 + how % 3, 0);
  } else {
    zone_.restore(lost ? std::nullopt : zone_copy_);
  }
  ledger_.restored(
      {host_.disk_holds(), zone_.disk_holds(the_host), host_.disk.archived(), zone_.database.pruned});
}

void World::advance(Millis time) {
  time_ += time;
  for (Clock* clock : {&host_clock_, &zone_clock_}) {
    clock->now.wall += time;
    clock->now.boot += time;
  }
}

void World::pass(std::uint16_t how) {
  advance(how % 3 == 0 ? Millis{how * 5} : Millis{how % 1000 + 1});
  if (host_clock_.wrong_by == Millis{0}) host_clock_.now.synchronised = how % 7 != 0;
  if (zone_clock_.wrong_by == Millis{0}) zone_clock_.now.synchronised = how % 11 != 0;
}

/// A battery is empty, a time server answers. How far behind the right time a clock may be is bounded by what
/// the age of a hold is judged by (with oldest_copy it must not reach the retention).
void World::change_clock(std::uint16_t how) {
  Clock& clock = how % 2 == 0 ? host_clock_ : zone_clock_;
  const int way = how / 2 % 4;
  const Millis far[] = {Millis{0}, Millis{how % 1000}, std::chrono::days{1 + how % 400},
                        -std::chrono::days{1 + how % 8}};
  clock.now.wall += far[way] - clock.wrong_by;
  clock.wrong_by = far[way];
  clock.now.synchronised = way < 2;
  zone_was_wrong_ = zone_was_wrong_ || (how % 2 != 0 && way >= 2);
}

void World::set_clocks_right() {
  for (Clock* clock : {&host_clock_, &zone_clock_}) {
    clock->now.wall -= clock->wrong_by;
    clock->wrong_by = Millis{0};
    clock->now.synchronised = true;
  }
}

/// Long after everything that was said has arrived: a hold that only one side knew for longer than the
/// retention is stale, which is another story.
void World::pass_months(std::uint16_t how) {
  requests_.clear();
  answers_.clear();
  set_clocks_right();
  advance(std::chrono::minutes{10});
  for (int i = 0; i < 3; ++i) talk();
  if (host_.agent().host().holds().digest() != zone_.holds(the_host).digest()) return;
  advance(std::chrono::days{20 + how % 90});
}

}  // namespace nova::federation::property
