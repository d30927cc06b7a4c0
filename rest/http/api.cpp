// SPDX-License-Identifier: Apache-2.0
#include "rest/http/api.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/render.hpp"
#include "rest/http/target.hpp"

namespace nova::http {
namespace {

constexpr std::array table{
    Route{"GET", "/", Access::open, get_versions},
    Route{"GET", "/healthz", Access::open, get_health},
    Route{"GET", "/openapi.yaml", Access::open, get_openapi},

    Route{"GET", "/services", Access::reader, get_services},
    Route{"GET", "/services/{id}", Access::reader, get_service},
    Route{"POST", "/services/{id}/action", Access::operator_, post_action},
    Route{"GET", "/services/{id}/actions", Access::reader, get_actions},
    Route{"POST", "/services/{id}/actions", Access::operator_, post_action},
    Route{"GET", "/services/{id}/actions/{request_id}", Access::reader, get_action},

    Route{"GET", "/hosts", Access::reader, get_hosts},
    Route{"GET", "/hosts/{host}", Access::reader, get_host},
    Route{"DELETE", "/hosts/{host}", Access::admin, delete_host},

    Route{"GET", "/v1.1", Access::open, get_version_of_2011},

    Route{"POST", "/federation/v1/sync", Access::host, post_sync},
    Route{"GET", "/federation/v1/doorbell", Access::host, get_doorbell},
    Route{"POST", "/federation/v1/renew", Access::host, post_renew},
    Route{"POST", "/federation/v1/enrol", Access::open, post_enrol},  // the join token in it speaks
};

/// Whether the path fits the pattern; fills in what its variable parts are.
bool fits(std::string_view pattern, const std::vector<std::string>& path,
          std::vector<std::string>& captured) {
  captured.clear();
  pattern.remove_prefix(1);
  for (const std::string& part : path) {
    if (pattern.empty()) return false;
    const auto end = pattern.find('/');
    const auto word = pattern.substr(0, end);
    if (word.starts_with('{')) {
      captured.push_back(part);
    } else if (word != part) {
      return false;
    }
    pattern = end == std::string_view::npos ? std::string_view{} : pattern.substr(end + 1);
  }
  return pattern.empty();
}

/// /v1.1/services and /v1.1/{project id}/services are /services: the project says nothing here.
void strip_2011(Request& request) {
  auto& path = request.path;
  if (path.size() < 2 || path[0] != "v1.1") return;
  const auto known = [](const std::string& word) { return word == "services" || word == "hosts"; };
  const std::size_t prefix = known(path[1]) ? 1 : 2;
  if (path.size() <= prefix || !known(path[prefix])) return;
  for (std::size_t i = 0; i < prefix; ++i) request.base += "/" + percent_encode(path[i]);
  path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(prefix));
}

Result<void> check_role(const Route& route, Role role) {
  const Role least = route.access == Access::admin       ? Role::admin
                     : route.access == Access::operator_ ? Role::operator_
                                                         : Role::reader;
  if (role >= least) return {};
  return fail(Errc::access_denied, "Policy doesn't allow " + std::string(route.method) + " " +
                                       std::string(route.path) + " to be performed: it needs the role " +
                                       std::string(to_string(least)) + ".");
}

/// Finds out who asks and whether they may.
Result<void> authorize(const Parts& parts, const Route& route, Request& request) {
  if (route.access == Access::open || route.access == Access::host) return {};
  if (request.token.empty() && parts.anonymous) {
    request.principal = {"anonymous", Role::admin};
    return {};
  }
  auto principal = parts.authenticator.authenticate(request.token, request.received);
  if (!principal) return std::unexpected(principal.error());
  request.principal = *std::move(principal);
  return check_role(route, request.principal.role);
}

/// A connection without a valid certificate where one is needed, of which the front tells.
Reply refuse_stranger(const Parts& parts, const Request& request) {
  const Error error{Errc::unauthenticated,
                    "no valid certificate of this zone's CA was shown (" + request.connection.refused + ")",
                    {}};
  if (parts.denied) parts.denied(request, error);
  return fault(error);
}

Reply method_not_allowed(const std::string& allowed) {
  return fault(405, "This resource knows the methods " + allowed + " only.").with("Allow", allowed);
}

Reply dispatch(const Parts& parts, Request& request) {
  if (!request.connection.refused.empty()) return refuse_stranger(parts, request);
  strip_2011(request);
  if (request.method == "HEAD") request.method = "GET";
  std::string allowed;
  for (const Route& route : table) {
    if (!fits(route.path, request.path, request.captured)) continue;
    if (route.method != request.method) {
      allowed.append(allowed.empty() ? "" : ", ").append(route.method);
      if (route.method == "GET") allowed += ", HEAD";
      continue;
    }
    if (auto may = authorize(parts, route, request); !may) {
      if (parts.denied) parts.denied(request, may.error());
      return fault(may.error());
    }
    return route.handler(parts, request);
  }
  if (!allowed.empty()) return method_not_allowed(allowed);
  return fault(404, "The resource could not be found.");
}

/// Every 401 says how to do better (RFC 9110 section 11.6.1).
void complete(Reply& reply, const Uuid& id) {
  if (reply.status == 401) reply.with("WWW-Authenticate", "X-Auth-Token realm=\"nova-services\"");
  if (reply.header("X-Openstack-Request-Id").empty()) reply.with("X-Openstack-Request-Id", request_id(id));
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

Reply answer(const Parts& parts, Request request) {
  Reply reply;
  try {
    reply = dispatch(parts, request);
  } catch (const std::exception& error) {
    reply = fault(500, std::string("cannot answer: ") + error.what());
  } catch (...) {
    reply = fault(500, "cannot answer: an unknown failure");
  }
  complete(reply, request.id);
  return reply;
}

}  // namespace nova::http
