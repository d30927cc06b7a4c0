// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/encode.hpp"

#include <array>
#include <charconv>

namespace nova::objects {
namespace {

using host::Service;

/// A changing property and whether it is the same in two states.
struct Property {
  const char* name;
  bool (*same)(const Service&, const Service&);
};

constexpr std::array changing{
    Property{"Controllable",
             [](const Service& a, const Service& b) { return a.facts.controllable == b.facts.controllable; }},
    Property{"Aliases",
             [](const Service& a, const Service& b) { return a.facts.unit.aliases == b.facts.unit.aliases; }},
    Property{"ShadowedUnits", [](const Service& a, const Service& b) { return a.shadowed == b.shadowed; }},
    Property{"State", [](const Service& a,
                         const Service& b) { return state_of(a.facts.unit) == state_of(b.facts.unit); }},
    Property{"LoadState",
             [](const Service& a, const Service& b) {
               return a.facts.unit.load_state == b.facts.unit.load_state;
             }},
    Property{"ActiveState",
             [](const Service& a, const Service& b) {
               return a.facts.unit.active_state == b.facts.unit.active_state;
             }},
    Property{"SubState", [](const Service& a,
                            const Service& b) { return a.facts.unit.sub_state == b.facts.unit.sub_state; }},
    Property{"UnitFileState",
             [](const Service& a, const Service& b) {
               return a.facts.unit.unit_file_state == b.facts.unit.unit_file_state;
             }},
    Property{"FreezerState",
             [](const Service& a, const Service& b) {
               return a.facts.unit.freezer_state == b.facts.unit.freezer_state;
             }},
    Property{"Result",
             [](const Service& a, const Service& b) { return a.facts.unit.result == b.facts.unit.result; }},
    Property{"MainPID", [](const Service& a,
                           const Service& b) { return a.facts.unit.main_pid == b.facts.unit.main_pid; }},
    Property{"NRestarts", [](const Service& a,
                             const Service& b) { return a.facts.unit.restarts == b.facts.unit.restarts; }},
    Property{"InvocationID",
             [](const Service& a, const Service& b) {
               return a.facts.unit.invocation_id == b.facts.unit.invocation_id;
             }},
    Property{"StateChangeTimestamp",
             [](const Service& a, const Service& b) { return a.facts.unit.since == b.facts.unit.since; }},
    Property{"PayloadElsewhere",
             [](const Service& a, const Service& b) {
               return a.facts.unit.payload_elsewhere == b.facts.unit.payload_elsewhere;
             }},
    Property{"Held", [](const Service& a, const Service& b) { return a.pause.held == b.pause.held; }},
    Property{"Paused", [](const Service& a, const Service& b) { return a.pause.paused == b.pause.paused; }},
    Property{"Phase", [](const Service& a, const Service& b) { return a.pause.phase == b.pause.phase; }},
    Property{"Holds", [](const Service& a, const Service& b) { return a.holds == b.holds; }},
    Property{"Enforcement",
             [](const Service& a, const Service& b) { return a.enforcement == b.enforcement; }},
};

sdbus::Variant text(std::string_view word) {
  return sdbus::Variant{std::string(word)};
}

}  // namespace

Dictionary encode(const Hold& hold) {
  std::vector<std::string> enforce;
  for (Enforcer enforcer : hold.enforce) enforce.emplace_back(to_string(enforcer));
  Dictionary out{{"id", text(to_string(hold.id))},
                 {"owner", text(hold.owner)},
                 {"actor", text(hold.actor)},
                 {"reason", text(hold.reason)},
                 {"since", text(to_rfc3339(hold.since))},
                 {"recorded", text(to_rfc3339(hold.recorded))},
                 {"door", text(to_string(hold.door))},
                 {"enforce", sdbus::Variant{enforce}}};
  if (hold.until) out.emplace("until", text(to_rfc3339(*hold.until)));
  return out;
}

std::vector<Dictionary> encode(const std::vector<Hold>& holds) {
  std::vector<Dictionary> out;
  for (const Hold& hold : holds) out.push_back(encode(hold));
  return out;
}

Dictionary encode(const std::pair<Hold, Release>& ended) {
  const auto& [hold, release] = ended;
  Dictionary out = encode(hold);
  out.emplace("released", text(to_rfc3339(release.at)));
  out.emplace("released_by", text(release.actor));
  out.emplace("released_door", text(to_string(release.door)));
  out.emplace("release_message", text(release.message));
  return out;
}

std::map<std::string, Dictionary> encode(const std::vector<Enforcement>& enforcement) {
  std::map<std::string, Dictionary> out;
  for (const Enforcement& one : enforcement) {
    Dictionary& entry = out[std::string(to_string(one.enforcer))];
    entry.emplace("state", text(to_string(one.state)));
    if (!one.detail.empty()) entry.emplace("detail", text(one.detail));
    if (one.attempts > 0) entry.emplace("attempts", sdbus::Variant{one.attempts});
    if (one.next_try) entry.emplace("next_try", text(to_rfc3339(*one.next_try)));
  }
  return out;
}

std::vector<std::string> verbs_for(Kind kind) {
  std::vector<std::string> words;
  for (Verb verb : verbs_of(kind)) words.emplace_back(to_string(verb));
  return words;
}

std::vector<std::uint8_t> id_bytes(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  if (hex.size() != 32) return bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [stop, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (error != std::errc{} || stop != hex.data() + i + 2) return {};
    bytes.push_back(byte);
  }
  return bytes;
}

std::uint64_t microseconds(const std::optional<WallTime>& time) {
  if (!time) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time->time_since_epoch()).count());
}

std::vector<std::string> differing(const Service& before, const Service& after) {
  std::vector<std::string> names;
  for (const Property& property : changing)
    if (!property.same(before, after)) names.emplace_back(property.name);
  return names;
}

}  // namespace nova::objects
