// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/unit_decoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <map>
#include <string_view>

namespace nova::systemd {
namespace {

/// A step in a message that had not the expected form; turned into an error at this file's edge.
struct Malformed {
  int error;
};

int must(int r) {
  if (r < 0) throw Malformed{-r};
  return r;
}

template <typename Decode>
auto decoded(const char* what, Decode decode) -> Result<decltype(decode())> {
  try {
    return decode();
  } catch (const Malformed& malformed) {
    return fail(Errc::internal, std::string("cannot understand systemd's answer to ") + what + ": " +
                                    std::strerror(malformed.error));
  }
}

std::string take_string(sd_bus_message* m, char type = 's') {
  const char* text = nullptr;
  must(sd_bus_message_read_basic(m, type, &text));
  return text;
}

template <typename T>
T take_number(sd_bus_message* m, char type) {
  T number{};
  must(sd_bus_message_read_basic(m, type, &number));
  return number;
}

std::vector<std::string> take_strings(sd_bus_message* m) {
  std::vector<std::string> all;
  must(sd_bus_message_enter_container(m, 'a', "s"));
  const char* text = nullptr;
  while (must(sd_bus_message_read_basic(m, 's', &text)) > 0) all.emplace_back(text);
  must(sd_bus_message_exit_container(m));
  return all;
}

std::string take_hex(sd_bus_message* m) {
  const void* data = nullptr;
  std::size_t size = 0;
  must(sd_bus_message_read_array(m, 'y', &data, &size));
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<const unsigned char*>(data)[i];
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::optional<WallTime> take_time(sd_bus_message* m) {
  const auto micros = take_number<std::uint64_t>(m, 't');
  if (micros == 0) return std::nullopt;
  return WallTime{std::chrono::duration_cast<Millis>(std::chrono::microseconds{micros})};
}

/// ExecStart=: a(sasbttttuii), of which the programs and argument vectors matter.
void take_commands(sd_bus_message* m, UnitReading& reading) {
  must(sd_bus_message_enter_container(m, 'a', "(sasbttttuii)"));
  while (must(sd_bus_message_enter_container(m, 'r', "sasbttttuii")) > 0) {
    const std::string path = take_string(m);
    const Payload payload = payload_of(path, take_strings(m));
    reading.facts.payload_elsewhere |= payload == Payload::elsewhere;
    reading.payload_within |= payload == Payload::within;
    must(sd_bus_message_skip(m, "bttttuii"));
    must(sd_bus_message_exit_container(m));
  }
  must(sd_bus_message_exit_container(m));
}

struct Property {
  const char* signature;
  void (*take)(sd_bus_message* m, UnitReading& into);
};
const std::map<std::string_view, Property>& wanted_properties() {
  static const std::map<std::string_view, Property> wanted{
      {"Id", {"s", [](auto* m, auto& r) { r.facts.name = take_string(m); }}},
      {"Names", {"as", [](auto* m, auto& r) { r.facts.aliases = take_strings(m); }}},
      {"LoadState", {"s", [](auto* m, auto& r) { r.facts.load_state = take_string(m); }}},
      {"ActiveState", {"s", [](auto* m, auto& r) { r.facts.active_state = take_string(m); }}},
      {"SubState", {"s", [](auto* m, auto& r) { r.facts.sub_state = take_string(m); }}},
      {"UnitFileState", {"s", [](auto* m, auto& r) { r.facts.unit_file_state = take_string(m); }}},
      {"FreezerState", {"s", [](auto* m, auto& r) { r.facts.freezer_state = take_string(m); }}},
      {"Result", {"s", [](auto* m, auto& r) { r.facts.result = take_string(m); }}},
      {"InvocationID", {"ay", [](auto* m, auto& r) { r.facts.invocation_id = take_hex(m); }}},
      {"MainPID", {"u", [](auto* m, auto& r) { r.facts.main_pid = take_number<std::uint32_t>(m, 'u'); }}},
      {"NRestarts", {"u", [](auto* m, auto& r) { r.facts.restarts = take_number<std::uint32_t>(m, 'u'); }}},
      {"StateChangeTimestamp", {"t", [](auto* m, auto& r) { r.facts.since = take_time(m); }}},
      {"ExecStart", {"a(sasbttttuii)", [](auto* m, auto& r) { take_commands(m, r); }}},
      {"ControlGroup", {"s", [](auto* m, auto& r) { r.control_group = take_string(m); }}},
  };
  return wanted;
}

void take_property(sd_bus_message* m, UnitReading& reading) {
  const char* name = nullptr;
  must(sd_bus_message_read_basic(m, 's', &name));
  const auto wanted = wanted_properties().find(name);
  if (wanted == wanted_properties().end()) {
    must(sd_bus_message_skip(m, "v"));
    return;
  }
  must(sd_bus_message_enter_container(m, 'v', wanted->second.signature));
  wanted->second.take(m, reading);
  must(sd_bus_message_exit_container(m));
}

}  // namespace

Result<std::vector<ListedUnit>> decode_units(sd_bus_message* reply) {
  return decoded("ListUnitsByPatterns", [reply] {
    std::vector<ListedUnit> rows;
    must(sd_bus_message_enter_container(reply, 'a', "(ssssssouso)"));
    while (must(sd_bus_message_enter_container(reply, 'r', "ssssssouso")) > 0) {
      ListedUnit row;
      row.name = take_string(reply);
      must(sd_bus_message_skip(reply, "s"));
      row.load_state = take_string(reply);
      row.active_state = take_string(reply);
      row.sub_state = take_string(reply);
      must(sd_bus_message_skip(reply, "souso"));
      must(sd_bus_message_exit_container(reply));
      rows.push_back(std::move(row));
    }
    must(sd_bus_message_exit_container(reply));
    return rows;
  });
}

Result<std::vector<ListedFile>> decode_files(sd_bus_message* reply) {
  return decoded("ListUnitFilesByPatterns", [reply] {
    std::vector<ListedFile> rows;
    must(sd_bus_message_enter_container(reply, 'a', "(ss)"));
    const char* path = nullptr;
    const char* state = nullptr;
    while (must(sd_bus_message_read(reply, "(ss)", &path, &state)) > 0) rows.push_back({path, state});
    must(sd_bus_message_exit_container(reply));
    return rows;
  });
}

Result<UnitReading> decode_properties(sd_bus_message* reply) {
  return decoded("GetAll", [reply] {
    UnitReading reading;
    must(sd_bus_message_enter_container(reply, 'a', "{sv}"));
    while (must(sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
      take_property(reply, reading);
      must(sd_bus_message_exit_container(reply));
    }
    must(sd_bus_message_exit_container(reply));
    UnitFacts& facts = reading.facts;
    std::erase(facts.aliases, facts.name);
    std::ranges::sort(facts.aliases);
    return reading;
  });
}

}  // namespace nova::systemd
