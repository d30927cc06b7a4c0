// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/authority.hpp"
#include "rest/ca/enrolment.hpp"

namespace nova::ca {
namespace {

constexpr std::string_view id_prefix = "urn:uuid:";
constexpr std::size_t max_escaped = 3UL * 64 * 1024;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

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
  std::string pem;
  pem.reserve(escaped.size());
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      pem += escaped[i];
      continue;
    }
    const auto high = i + 2 < escaped.size() ? hex_digit(escaped[i + 1]) : std::nullopt;
    const auto low = i + 2 < escaped.size() ? hex_digit(escaped[i + 2]) : std::nullopt;
    if (!high || !low) return refuse("its percent-encoding is broken");
    pem += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return identity_of(pem);
}

}  // namespace nova::ca
