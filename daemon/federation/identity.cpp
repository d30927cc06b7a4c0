// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/identity.hpp"

#include <algorithm>

#include "pki/file.hpp"
#include "pki/pair.hpp"

namespace nova::federation {
namespace {

constexpr mode_t certificate_mode = 0644;

pki::Pair pair_of(const IdentityFiles& files) {
  return {files.key, files.certificate};
}

std::unexpected<Error> refuse(const std::string& why) {
  return fail(Errc::invalid_argument, "cannot take the zone's certificate for this host: " + why);
}

Result<void> check(const pki::Certificate& certificate, const std::vector<pki::Certificate>& authorities,
                   const std::string& name, const Uuid& host, WallTime now) {
  if (certificate.dns_names() != std::vector{name}) return refuse("it does not name " + name);
  const std::string id = "urn:uuid:" + to_string(host);
  if (std::ranges::count(certificate.uris(), id) != 1)
    return refuse("it is not for host id " + to_string(host));
  const auto issuer = [&](const pki::Certificate& ca) { return certificate.signed_by(ca); };
  if (std::ranges::none_of(authorities, issuer)) return refuse("none of the zone's CAs has signed it");
  if (certificate.not_after() <= now)
    return refuse("it ended at " + to_rfc3339(certificate.not_after()) +
                  "; compare the clocks of both machines");
  return {};
}

}  // namespace

Result<Identity> Identity::open(const std::filesystem::path& directory) {
  if (auto made = pki::make_private_directory(directory); !made) return std::unexpected(made.error());
  Identity identity(directory);
  if (auto whole = pair_of(identity.files()).recover(); !whole) return std::unexpected(whole.error());
  return identity;
}

IdentityFiles Identity::files() const {
  return {directory_ / "host.key", directory_ / "host.crt", directory_ / "zone-ca.crt"};
}

Result<std::string> Identity::request(const std::string& name) const {
  const auto key = pair_of(files()).waiting_key();
  if (!key) return std::unexpected(key.error());
  return pki::make_request(*key, name);
}

Result<void> Identity::adopt(const std::string& certificate_pem, const std::string& ca_pem,
                             const std::string& name, const Uuid& host, WallTime now) const {
  const auto certificate =
      pki::Certificate::from_pem(certificate_pem, "the zone's certificate for this host");
  if (!certificate) return std::unexpected(certificate.error());
  const auto authorities = pki::read_bundle(ca_pem, "the zone's CAs");
  if (!authorities) return std::unexpected(authorities.error());
  if (auto good = check(*certificate, *authorities, name, host, now); !good) return good;
  const pki::Pair pair = pair_of(files());
  const auto key = pair.waiting_key();
  if (!key) return std::unexpected(key.error());
  if (certificate->key_digest() != key->digest()) return refuse("it is for another key");
  // The CAs first: whoever holds the new certificate knows who may be the zone.
  if (auto written = pki::write_file(files().ca, ca_pem, certificate_mode); !written) return written;
  return pair.commit(certificate->to_pem(), certificate_mode);
}

Result<std::optional<pki::Certificate>> Identity::certificate() const {
  const pki::Pair pair = pair_of(files());
  if (!pair.has_certificate()) return std::nullopt;
  auto certificate = pair.certificate();
  if (!certificate) return std::unexpected(certificate.error());
  return *std::move(certificate);
}

bool Identity::renewal_due(WallTime now) const {
  // A certificate that is not valid yet by our clock is no reason: a new one would not be either.
  const auto present = certificate();
  return present && *present && now >= pki::renewal_time(**present);
}

}  // namespace nova::federation
