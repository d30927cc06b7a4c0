// SPDX-License-Identifier: Apache-2.0
#include "rest/http/etag.hpp"
#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/lookup.hpp"
#include "rest/http/query.hpp"
#include "rest/http/render.hpp"

namespace nova::http {
namespace {

constexpr std::size_t history_shown = 20;  // the rest is at /services/{id}/actions

}  // namespace

Reply get_service(const Parts& parts, const Request& request) {
  if (const auto query = Query::read(request, {}); !query) return fault(query.error());
  const auto found = find_service(parts, request);
  if (!found) return fault(found.error());
  const auto history = parts.writer.actions(found->service->facts.id, history_shown, std::nullopt);
  if (!history) return fault(history.error());
  JsonOut body =
      render_single(*found->service, *found->host, found->snapshot->zone_name,
                    {.history = *history, .with_journal = request.principal.role >= Role::operator_});
  const std::string etag = etag_of(body);
  if (matches(request.if_none_match, etag)) return not_modified(etag);
  return Reply{.body = std::move(body).text()}.with("ETag", etag).with("Cache-Control", "private, no-cache");
}

}  // namespace nova::http
