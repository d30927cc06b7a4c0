// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rest/http/access.hpp"
#include "rest/http/collection.hpp"
#include "rest/http/exchange.hpp"
#include "rest/writer/writer.hpp"

namespace nova::http {

class HostDoor;

/// What the handlers work with. All parts are thread-safe and outlive the server.
struct Parts {
  writer::Writer& writer;
  Authenticator& authenticator;
  Collections& collections;
  HostDoor& hosts;
  /// Front=none on loopback only: a request without a token is an administrator's, one without a certificate
  /// may be a host's.
  bool anonymous = false;
  bool require_reason = false;                                 ///< PAUSE without a reason is refused
  std::function<void(const Request&, const Error&)> denied{};  ///< told of every attempt that was refused
};

/// Who may use a route.
enum class Access {
  open,       ///< anybody
  reader,     ///< any valid token
  operator_,  ///< operators and administrators
  admin,
  host,  ///< a host with its certificate; the handler finds its identity with host_of()
};

using Handler = Reply (*)(const Parts&, const Request&);

/// One line of the API: what is asked for, who may, who answers.
struct Route {
  std::string_view method;
  std::string_view path;  ///< "/services/{id}": a part in braces matches any one segment
  Access access;
  Handler handler;
};

/// The whole API; OpenAPI's document is held to it by a test.
std::span<const Route> routes();

/// Answers one request: finds the route (or 404, or 405 with Allow), asks who it is and whether they may, and
/// calls the handler. Never throws: whatever goes wrong becomes a fault. Adds X-Openstack-Request-Id.
Reply answer(const Parts& parts, Request request);

}  // namespace nova::http
