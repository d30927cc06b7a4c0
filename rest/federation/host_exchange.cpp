// SPDX-License-Identifier: Apache-2.0
#include "rest/federation/host_exchange.hpp"

#include "rest/protocol/codec.hpp"
#include "rest/protocol/gzip.hpp"
#include "rest/writer/writer.hpp"

namespace nova::federation {
namespace {

Result<protocol::SyncRequest> decode(std::string_view body) {
  if (!protocol::is_gzip(body)) return protocol::decode_request(body);
  const auto plain = protocol::gunzip(body, protocol::max_body);
  if (!plain) return std::unexpected(plain.error());
  return protocol::decode_request(*plain);
}

}  // namespace

/// A host speaks for itself only. Where its certificate has no id, nobody vouches for the one that it gives
/// itself: then it must not be another host's, were that lost for years.
Result<void> HostExchange::check_speaker(const HostCredential& credential,
                                         const protocol::SyncRequest& request) const {
  if (request.name != credential.name)
    return fail(Errc::access_denied,
                "cannot take a report under the name \"" + request.name + "\": the certificate says \"" +
                    credential.name + "\"; set NovaHost= to that, or enrol the host anew",
                "name");
  if (!credential.id.is_nil()) {
    if (request.host == credential.id) return {};
    return fail(Errc::access_denied,
                "cannot take a report of host " + to_string(request.host) + " from host " +
                    to_string(credential.id) + ": a host speaks for itself only",
                "host");
  }
  const auto known = writer_.snapshot();
  const auto* host = known->find_host(to_string(request.host));
  if (host && host->id == request.host && host->name != request.name)
    return fail(Errc::access_denied,
                "cannot take a report of host " + to_string(request.host) + " from " + request.name +
                    ": it is the id of " + host->name +
                    ", and the certificate names none; give this machine an id of its own (remove host-id in "
                    "its state directory), or remove " +
                    host->name + " from the zone",
                "host");
  return {};
}

Uuid HostExchange::id_of(const HostCredential& credential) const {
  if (!credential.id.is_nil()) return credential.id;
  const auto known = writer_.snapshot();
  const auto* host = known->find_host(credential.name);
  return host && host->name == credential.name ? host->id : Uuid{};
}

Result<std::string> HostExchange::sync(const std::optional<HostCredential>& credential,
                                       std::string_view body) const {
  const auto request = decode(body);
  if (!request) return std::unexpected(request.error());
  if (credential)
    if (const auto speaker = check_speaker(*credential, *request); !speaker)
      return std::unexpected(speaker.error());
  const auto answer = writer_.sync(*request);
  if (!answer) return std::unexpected(answer.error());
  return protocol::encode(*answer);
}

void HostExchange::doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) const {
  writer_.doorbell(host, revision, std::move(ring));
}

}  // namespace nova::federation
