// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/authority.hpp"
#include "rest/ca/enrolment.hpp"
#include "rest/protocol/percent.hpp"

namespace nova::ca {
namespace {

constexpr std::string_view id_prefix = "urn:uuid:";
constexpr std::size_t max_escaped = 3UL * 64 * 1024;

std::unexpected<Error> refuse(std::string why) {
  return fail(Errc::unauthenticated, "cannot take this certificate for a host's: " + std::move(why));
}

Result<Uuid> id_of(const pki::Certificate& certificate) {
  Uuid id;
  for (const std::string& uri : certificate.uris()) {
    if (!uri.starts_with(id_prefix)) continue;
    const auto parsed = parse_uuid(std::string_view(uri).substr(id_prefix.size()));
    if (!parsed) return refuse("its host id is no UUID");
    if (!id.is_nil()) return refuse("it has more than one host id");
    id = *parsed;
  }
  return id;
}

}  // namespace

Result<HostIdentity> identity_of(const std::string& certificate_pem) {
  const auto certificate = pki::Certificate::from_pem(certificate_pem, "the client's certificate");
  if (!certificate) return refuse(certificate.error().message);
  const auto id = id_of(*certificate);
  if (!id) return std::unexpected(id.error());
  const auto names = certificate->dns_names();
  if (names.size() != 1) return refuse("it needs exactly one DNS name, the host's");
  const auto name = check_host_name(names.front());
  if (!name) return refuse(name.error().message);
  return HostIdentity{*id, *name, certificate->serial(), certificate->key_digest(), certificate->not_after()};
}

Result<HostIdentity> identity_of_escaped(std::string_view escaped) {
  if (escaped.size() > max_escaped) return refuse("it is too large");
  const auto pem = protocol::percent_decode(escaped);
  if (!pem) return refuse("its percent-encoding is broken");
  return identity_of(*pem);
}

}  // namespace nova::ca
