// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/http/etag.hpp"
#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/query.hpp"
#include "rest/http/render.hpp"
#include "rest/http/target.hpp"

namespace nova::http {
namespace {

constexpr std::uint64_t largest_page = 100000;

struct Filter {
  std::optional<std::string> host;
  std::optional<std::string> binary;
  std::optional<Kind> kind;
  std::optional<State> state;
  std::optional<bool> held;
  std::optional<bool> paused;
  std::optional<std::uint64_t> limit;
  std::optional<Uuid> marker;

  bool takes_all() const {
    return !host && !binary && !kind && !state && !held && !paused && !limit && !marker;
  }
  bool takes_host(const zone::HostView& view) const {
    return !host || view.name == *host || to_string(view.id) == *host;
  }
  bool takes(const zone::ServiceView& service) const {
    return (!binary || service.facts.binary == *binary) && (!kind || service.facts.kind == *kind) &&
           (!state || service.state == *state) && (!held || service.pause.held == *held) &&
           (!paused || service.pause.paused == *paused);
  }
};

template <typename T>
bool put(std::optional<T>& target, Result<std::optional<T>> read, std::optional<Error>& error) {
  if (read) target = *std::move(read);
  if (!read && !error) error = read.error();
  return read.has_value();
}

Result<Filter> read_filter(const Request& request) {
  const auto query =
      Query::read(request, {"host", "binary", "kind", "state", "held", "paused", "limit", "marker"});
  if (!query) return std::unexpected(query.error());
  Filter filter{.host = query->text("host"), .binary = query->text("binary")};
  std::optional<Error> error;
  put(filter.kind, query->kind(), error);
  put(filter.state, query->state(), error);
  put(filter.held, query->flag("held"), error);
  put(filter.paused, query->flag("paused"), error);
  put(filter.limit, query->number("limit", 1, largest_page), error);
  put(filter.marker, query->id("marker"), error);
  if (error) return std::unexpected(*error);
  return filter;
}

/// Where a page begins: the host and the service behind the marker.
Result<std::pair<std::size_t, std::size_t>> start_of(const Filter& filter, const zone::Snapshot& snapshot) {
  if (!filter.marker) return std::pair<std::size_t, std::size_t>{0, 0};
  const zone::HostView* host = nullptr;
  const auto* service = snapshot.find_service(*filter.marker, &host);
  if (!service)
    return fail(Errc::invalid_argument, "marker [" + to_string(*filter.marker) + "] not found", "marker");
  const auto at = std::ranges::find(snapshot.hosts, host, &std::shared_ptr<const zone::HostView>::get);
  return std::pair<std::size_t, std::size_t>{at - snapshot.hosts.begin(),
                                             service - host->services.data() + 1};
}

/// The same query with another marker.
std::string next_link(const Request& request, const Uuid& last) {
  std::string link = request.base + "/services?";
  for (const auto& [name, value] : request.query)
    if (name != "marker") link += percent_encode(name) + "=" + percent_encode(value) + "&";
  return link + "marker=" + to_string(last);
}

/// Renders what the filter takes, one page of it.
Result<std::string> render_page(const Filter& filter, const zone::Snapshot& snapshot,
                                const Request& request) {
  const auto start = start_of(filter, snapshot);
  if (!start) return std::unexpected(start.error());
  JsonOut out;
  out.begin_object().key("services").begin_array();
  std::uint64_t taken = 0;
  std::optional<Uuid> last;
  bool more = false;
  for (std::size_t h = start->first; h < snapshot.hosts.size() && !more; ++h) {
    const zone::HostView& host = *snapshot.hosts[h];
    if (!filter.takes_host(host)) continue;
    for (std::size_t s = h == start->first ? start->second : 0; s < host.services.size(); ++s) {
      if (!filter.takes(host.services[s])) continue;
      more = filter.limit && taken == *filter.limit;
      if (more) break;
      render_service(out, host.services[s], host, snapshot.zone_name);
      last = host.services[s].facts.id;
      ++taken;
    }
  }
  out.end_array();
  if (more && last) {
    out.key("services_links").begin_array().begin_object();
    out.field("rel", "next").field("href", next_link(request, *last)).end_object().end_array();
  }
  out.end_object();
  return std::move(out).text();
}

}  // namespace

Reply get_services(const Parts& parts, const Request& request) {
  const auto filter = read_filter(request);
  if (!filter) return fault(filter.error());
  const auto snapshot = parts.writer.snapshot();
  std::string etag = etag_of(*snapshot);
  if (matches(request.if_none_match, etag)) return not_modified(etag);
  Reply reply;
  if (filter->takes_all() && !request.again) {
    const auto body = parts.collections.all(snapshot);
    etag = etag_of(snapshot->incarnation, body->generation);
    reply.body = body->text;
    reply.file = body->file;
  } else {
    auto page = render_page(*filter, *snapshot, request);
    if (!page) return fault(page.error());
    reply.body = *std::move(page);
  }
  return std::move(reply).with("ETag", etag).with("Cache-Control", "no-cache");
}

}  // namespace nova::http
