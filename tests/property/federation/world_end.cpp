// SPDX-License-Identifier: Apache-2.0
// When all is quiet: what has to be true then.
#include "tests/property/federation/world.hpp"

namespace nova::federation::property {

/// One exchange over a network that works.
void World::talk() {
  const auto answer = zone_.sync(host_.send());
  refused_ = answer ? "" : answer.error().message;
  if (answer && !host_.receive(*answer)) refused_ = "the host did not take its answer";
}

std::string World::settle() {
  host_.disk.fault = zone_.fault = Fault::none;
  requests_.clear();
  answers_.clear();
  set_clocks_right();
  // Former voices have fallen silent, every deadline has passed, and every `until` by a clock that was right.
  advance(std::chrono::hours{1});
  const auto both_tick = [&] {
    host_.tick();
    zone_.tick();
  };
  both_tick();
  for (int i = 0; i < 3; ++i) talk();
  while (!host_.units.waiting.empty()) host_.units.finish();
  both_tick();
  for (int i = 0; i < 3; ++i) talk();
  if (!refused_.empty()) return "the zone refuses the host for good: " + refused_;
  if (auto wrong = ledger_.verdict(host_.agent().host().holds(), zone_.holds(the_host), host_.disk.archived(),
                                   zone_.database.pruned);
      !wrong.empty())
    return wrong;
  if (auto wrong = compare_room(); !wrong.empty()) return wrong;
  if (auto wrong = compare_facts(); !wrong.empty()) return wrong;
  if (auto wrong = compare_commands(); !wrong.empty()) return wrong;
  return compare_deadlines();
}

World::Room& World::Room::operator+=(const Room& more) {
  full_host += more.full_host;
  full_zone += more.full_zone;
  beyond += more.beyond;
  return *this;
}

/// Each side may fill its own set while it does not hear the other: together they are never more than two.
/// Where a database was replaced, the side that forgot may have filled it once more.
std::string World::compare_room() {
  if (!refused_resume_.empty()) return "RESUME was refused: " + refused_resume_;
  const std::size_t weight = zone_.holds(the_host).weight();
  if (weight > max_weight_) ++room_.beyond;
  return forgot_ || weight <= 2 * max_weight_ ? "" : "the sets have outgrown their messages";
}

std::string World::compare_facts() const {
  const zone::Host* known = zone_.core().find(the_host);
  std::map<Uuid, ServiceFacts> there;
  for (const zone::StoredService& service : known->services) there[service.facts.id] = service.facts;
  std::map<Uuid, ServiceFacts> here;
  for (const auto& [id, service] : host_.agent().host().services()) here[id] = service.facts;
  return there == here ? "" : "the zone shows other services than the host has";
}

std::string World::compare_commands() const {
  for (const auto& [id, times] : host_.begun)
    if (times > 1) return "a command was begun twice: " + nova::to_string(id);
  for (const auto& [id, record] : zone_.database.actions)
    if (!is_final(record.action.outcome)) return "an action never ended: " + nova::to_string(id);
  if (!host_.agent().unreported().empty()) return "the zone does not acknowledge results";
  if (forgot_) return "";
  for (const Uuid& id : host_.done)
    if (zone_.database.actions.at(id).action.outcome != Outcome::succeeded)
      return "a command that was carried out is said to have ended otherwise: " + nova::to_string(id);
  return "";
}

/// Nothing is carried out after the moment at which whoever asked for it was told that it will not be.
std::string World::compare_deadlines() const {
  for (const auto& [id, at] : host_.done_at)
    if (const auto asked = zone_.deadlines.find(id);
        asked != zone_.deadlines.end() && at - host_booted > asked->second - zone_booted)
      return "a command was carried out after its deadline: " + nova::to_string(id);
  return "";
}

}  // namespace nova::federation::property
