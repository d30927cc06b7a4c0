// SPDX-License-Identifier: Apache-2.0
#include "rest/http/handlers.hpp"
#include "rest/http/json_out.hpp"

namespace nova::http {

/// For probes, without a token: that this process answers, and for which zone.
Reply get_health(const Parts& parts, const Request&) {
  JsonOut out;
  out.begin_object().field("status", "ok").field("zone", parts.writer.snapshot()->zone_name).end_object();
  return Reply{.body = std::move(out).text()}.with("Cache-Control", "no-store");
}

}  // namespace nova::http
