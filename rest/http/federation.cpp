// SPDX-License-Identifier: Apache-2.0
#include "rest/http/faults.hpp"
#include "rest/http/handlers.hpp"
#include "rest/http/host_door.hpp"
#include "rest/http/query.hpp"

// Design section 6. What is asked and answered is rest/federation's and rest/ca's; here it is who asks.
namespace nova::http {
namespace {

constexpr std::uint64_t default_wait = 20;
constexpr std::uint64_t longest_wait = 60;

/// The identity in the verified certificate, if it may still speak; nothing where there is no front to ask
/// for one.
/// @param actor receives the name in it, believed or not
Result<std::optional<ca::HostIdentity>> identify(const Parts& parts, const Request& request,
                                                 std::string& actor) {
  if (parts.anonymous) return std::nullopt;
  if (!request.connection.verified || request.connection.certificate.empty())
    return fail(
        Errc::unauthenticated,
        "cannot tell which host asks: connect with a certificate of this zone's CA (novahostd --enrol)");
  auto identity = ca::identity_of_escaped(request.connection.certificate);
  if (!identity) return std::unexpected(identity.error());
  actor = identity->name;
  if (request.received > identity->not_after)  // TLS does not look again when it resumes a session
    return fail(Errc::unauthenticated, "cannot believe the certificate of " + identity->name +
                                           ": it has run out (novahostd --enrol with a new join token)");
  if (auto admitted = parts.hosts.admit(*identity); !admitted) return std::unexpected(admitted.error());
  return *std::move(identity);
}

/// A conflict is noted too: another key wants a name, or a token is used again.
Reply refuse(const Parts& parts, Request request, const Error& error, const std::string& actor) {
  const int status = status_of(error.code);
  request.principal.name = actor;
  if (parts.denied && (status == 401 || status == 403 || status == 409)) parts.denied(request, error);
  return fault(error);
}

Reply answer_or_refuse(const Parts& parts, const Request& request, const std::string& actor,
                       Result<std::string> answer) {
  if (!answer) return refuse(parts, request, answer.error(), actor);
  return Reply{.body = *std::move(answer)}.with("Cache-Control", "no-store");
}

/// Whose doorbell: the certificate's, or where there is none the one that is named.
Result<Uuid> doorbell_host(const Parts& parts, const std::optional<ca::HostIdentity>& identity,
                           const Query& query) {
  if (identity) return parts.hosts.id_of(*identity);
  const auto id = query.id("host");
  if (!id) return std::unexpected(id.error());
  if (!*id) return fail(Errc::invalid_argument, "cannot ring: name the host in the query", "host");
  return **id;
}

}  // namespace

Reply post_sync(const Parts& parts, const Request& request) {
  std::string actor;
  const auto identity = identify(parts, request, actor);
  if (!identity) return refuse(parts, request, identity.error(), actor);
  return answer_or_refuse(parts, request, actor, parts.hosts.sync(*identity, request.body));
}

Reply get_doorbell(const Parts& parts, const Request& request) {
  std::string actor;
  const auto identity = identify(parts, request, actor);
  if (!identity) return refuse(parts, request, identity.error(), actor);
  const auto query = Query::read(request, {"revision", "wait", "host"});
  if (!query) return fault(query.error());
  const auto revision = query->number("revision", 0, UINT64_MAX);
  if (!revision) return fault(revision.error());
  const auto wait = query->number("wait", 1, longest_wait);
  if (!wait) return fault(wait.error());
  const auto host = doorbell_host(parts, *identity, *query);
  if (!host) return fault(host.error());
  auto parked = std::make_shared<Parked>();
  parked->start = [&door = parts.hosts, id = *host, after = revision->value_or(0)](
                      std::function<void()> wake) { door.doorbell(id, after, std::move(wake)); };
  parked->longest = std::chrono::seconds(wait->value_or(default_wait));
  parked->then = [] { return Reply{.body = "{}"}.with("Cache-Control", "no-store"); };
  // No ring: the host would report at once, to a zone that goes, and take it for lost.
  parked->stopped = [] { return fault(503, "The zone is stopping; report as usual."); };
  Reply reply;
  reply.parked = std::move(parked);
  return reply;
}

Reply post_enrol(const Parts& parts, const Request& request) {
  return answer_or_refuse(parts, request, "", parts.hosts.enrol(request.body));
}

Reply post_renew(const Parts& parts, const Request& request) {
  std::string actor;
  const auto identity = identify(parts, request, actor);
  if (!identity) return refuse(parts, request, identity.error(), actor);
  if (!*identity)
    return fault(Error{Errc::unauthenticated, "cannot renew without the present certificate", {}});
  return answer_or_refuse(parts, request, actor, parts.hosts.renew(**identity, request.body));
}

}  // namespace nova::http
