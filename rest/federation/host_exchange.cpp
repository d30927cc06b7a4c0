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

/// A host speaks for itself only.
Result<void> check_speaker(const HostCredential& credential, const protocol::SyncRequest& request) {
  if (request.host != credential.id)
    return fail(Errc::access_denied,
                "cannot take a report of host " + to_string(request.host) + " from host " +
                    to_string(credential.id) + ": a host speaks for itself only",
                "host");
  if (request.name != credential.name)
    return fail(Errc::access_denied,
                "cannot take a report under the name \"" + request.name + "\": the certificate says \"" +
                    credential.name + "\"; set NovaHost= to that, or enrol the host anew",
                "name");
  return {};
}

}  // namespace

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
