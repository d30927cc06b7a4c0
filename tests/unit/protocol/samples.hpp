// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/protocol/codec.hpp"

namespace nova::protocol::samples {

inline Uuid id(std::uint8_t n) {
  Uuid made;
  made.bytes[0] = 0xAA;
  made.bytes[15] = n;
  return made;
}

inline WallTime at(std::string_view text) {
  return *parse_rfc3339(text);
}

inline Hold hold() {
  return {.id = id(10),
          .service = service_id(id(1), "nova-compute", ""),
          .owner = "evacuator",
          .actor = "alice",
          .reason = "disk swap",
          .since = at("2026-11-23T03:19:00Z"),
          .recorded = at("2026-11-23T03:20:00Z"),
          .until = at("2026-11-24T00:00:00Z"),
          .door = Door::rest,
          .enforce = {Enforcer::gate, Enforcer::scheduler}};
}

inline ServiceFacts service() {
  return {.id = service_id(id(1), "nova-compute", ""),
          .binary = "nova-compute",
          .kind = Kind::compute,
          .unit = {.name = "nova-compute.service", .load_state = "loaded", .active_state = "active"}};
}

/// A full exchange of a host with one service and one hold.
inline SyncRequest request() {
  SyncRequest request;
  request.host = id(1);
  request.name = "compute1";
  request.incarnation = id(2);
  request.nonce = id(3);
  request.sequence = 7;
  request.info = HostInfo{.name = "compute1", .os = "Debian GNU/Linux 12"};
  request.services = {service()};
  request.holds = {.digest = "d1", .delta = {.adds = {hold()}}, .complete = true};
  return request;
}

}  // namespace nova::protocol::samples
