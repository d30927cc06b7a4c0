// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/action.hpp"
#include "rest/http/json_out.hpp"
#include "rest/zone/snapshot.hpp"

namespace nova::http {

// The JSON of the API, named as design section 7 says. What is not known is absent: no field is invented.

/// One row of the collection.
void render_service(JsonOut& out, const zone::ServiceView& service, const zone::HostView& host,
                    std::string_view zone_name);
/// What only a single service tells, beside last_seen and hostinfo.
struct SingleService {
  std::span<const Action> history;
  bool with_journal = false;  ///< who asks may read the excerpts
};
/// {"service": {...}}: the row, and what only a single service tells.
JsonOut render_single(const zone::ServiceView& service, const zone::HostView& host,
                      std::string_view zone_name, const SingleService& more);
/// One row of the hosts.
void render_host(JsonOut& out, const zone::HostView& host);
/// {"host": {...}} with its services.
JsonOut render_single_host(const zone::HostView& host, std::string_view zone_name);
/// One action's record. @param host its service's host, or nullptr where it is gone
void render_action(JsonOut& out, const Action& action, const zone::HostView* host);

/// "req-<uuid>"
std::string request_id(const Uuid& id);

}  // namespace nova::http
