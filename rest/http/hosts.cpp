// SPDX-License-Identifier: Apache-2.0
#include "rest/http/etag.hpp"
#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/host_door.hpp"
#include "rest/http/query.hpp"
#include "rest/http/render.hpp"

namespace nova::http {
namespace {

Error no_such_host(const std::string& name) {
  return {Errc::no_such_host, "Host " + name + " could not be found.", {}};
}

}  // namespace

Reply get_hosts(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const auto snapshot = parts.writer.snapshot();
  const std::string etag = etag_of(*snapshot);
  if (matches(request.if_none_match, etag)) return not_modified(etag);
  JsonOut out;
  out.begin_object().key("hosts").begin_array();
  for (const auto& host : snapshot->hosts) render_host(out, *host);
  out.end_array().end_object();
  return Reply{.body = std::move(out).text()}.with("ETag", etag).with("Cache-Control", "no-cache");
}

Reply get_host(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const auto snapshot = parts.writer.snapshot();
  const auto* host = snapshot->find_host(request.captured.at(0));
  if (!host) return fault(no_such_host(request.captured.at(0)));
  JsonOut body = render_single_host(*host, snapshot->zone_name);
  const std::string etag = etag_of(body);
  if (matches(request.if_none_match, etag)) return not_modified(etag);
  return Reply{.body = std::move(body).text()}.with("ETag", etag).with("Cache-Control", "no-cache");
}

Reply delete_host(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const std::string& wanted = request.captured.at(0);
  const auto snapshot = parts.writer.snapshot();
  const auto* host = snapshot->find_host(wanted);
  const Caller caller{.actor = request.principal.name, .door = Door::rest, .may_override = true};
  if (host)
    if (const auto removed = parts.writer.remove_host(host->id, caller); !removed)
      return fault(removed.error());
  // One that has enrolled and was never heard has a certificate all the same.
  const auto ended = parts.hosts.remove_enrolment(wanted, caller.actor);
  if (ended || (host && ended.error().code == Errc::no_such_host)) return {.status = 204};
  return fault(ended.error().code == Errc::no_such_host ? no_such_host(wanted) : ended.error());
}

}  // namespace nova::http
