// SPDX-License-Identifier: Apache-2.0
#include "rest/http/faults.hpp"

#include "rest/http/json_out.hpp"

namespace nova::http {

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::not_supported:
      return 400;
    case Errc::unauthenticated:
      return 401;
    case Errc::access_denied:
    case Errc::interaction_required:
      return 403;
    case Errc::no_such_service:
    case Errc::no_such_host:
    case Errc::no_such_action:
      return 404;
    case Errc::held_by_others:
    case Errc::conflict:
    case Errc::host_lost:
    case Errc::deadline_exceeded:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::storage_failed:
    case Errc::unavailable:
      return 503;
    case Errc::job_failed:
    case Errc::indeterminate:
    case Errc::internal:
      return 500;
  }
  return 500;
}

std::string_view fault_name(int status) {
  switch (status) {
    case 400:
      return "badRequest";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "itemNotFound";
    case 405:
      return "badMethod";
    case 409:
      return "conflictingRequest";
    case 408:
      return "requestTimeout";
    case 413:
      return "overLimit";
    case 415:
      return "badMediaType";
    case 503:
      return "serviceUnavailable";
    default:
      return "computeFault";
  }
}

Reply fault(int status, std::string_view message) {
  JsonOut out;
  out.begin_object().key(fault_name(status)).begin_object();
  out.field("code", status).field("message", message);
  out.end_object().end_object();
  Reply reply{.status = status, .body = std::move(out).text()};
  if (status == 503) reply.with("Retry-After", "1");
  return reply;
}

Reply fault(const Error& error) {
  const bool named = error.field.empty() || error.message.find(error.field) != std::string::npos;
  return fault(status_of(error.code), named ? error.message : error.message + " (" + error.field + ")");
}

}  // namespace nova::http
