// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/registrar.hpp"

#include "pki/key.hpp"
#include "rest/protocol/enrolment.hpp"

namespace nova::ca {
namespace {

/// Of one host, within a third of their life: more than lost answers explain.
constexpr std::size_t most_certificates = 10;

HostCertificate record_of(const IssuedCertificate& issued, const Uuid& host, WallTime now) {
  return {.serial = issued.serial, .host = host, .issued = now, .not_after = issued.not_after, .revoked = {}};
}

}  // namespace

Registrar::Registrar(const CurrentAuthority& authority, Book& book, Millis host_life,
                     std::function<WallTime()> clock)
    : authority_(authority), book_(book), host_life_(host_life), clock_(std::move(clock)) {}

Result<std::string> Registrar::create_token(const std::string& host_name, const std::string& created_by) {
  const auto name = check_host_name(host_name);
  if (!name) return name;
  const std::string token = pki::random_secret();
  const auto added = book_.add_token({.hash = pki::sha256(token),
                                      .host = *name,
                                      .created_by = created_by,
                                      .expires = clock_() + join_token_life,
                                      .used = {},
                                      .used_by_key = {}});
  if (!added) return std::unexpected(added.error());
  return token;
}

Result<EnrolmentFacts> Registrar::facts_for(const std::string& token_hash, const std::string& name,
                                            const Uuid& host) {
  auto token = book_.find_token(token_hash);
  if (!token) return std::unexpected(token.error());
  auto by_name = book_.find_enrolment(name);
  if (!by_name) return std::unexpected(by_name.error());
  auto by_id = book_.find_enrolment(host);
  if (!by_id) return std::unexpected(by_id.error());
  return EnrolmentFacts{*std::move(token), *std::move(by_name), *std::move(by_id)};
}

Result<std::string> Registrar::enrol(const std::string& body) {
  const auto request = protocol::decode_enrol_request(body);
  if (!request) return std::unexpected(request.error());
  const auto name = check_host_name(request->name);
  if (!name) return std::unexpected(name.error());
  const std::string token_hash = pki::sha256(request->token);

  const std::scoped_lock lock(mutex_);
  const WallTime now = clock_();
  const auto facts = facts_for(token_hash, *name, request->host);
  if (!facts) return std::unexpected(facts.error());
  // The token first: who has none does not get a signature verified.
  if (!facts->token) return std::unexpected(plan_enrolment(*facts, {.name = *name}, now).error());
  const auto key = pki::key_of_request(request->csr);
  if (!key) return std::unexpected(key.error());
  const auto plan = plan_enrolment(
      *facts, {.name = *name, .host = request->host, .keep_id = request->keep_id, .key = key->digest()}, now);
  if (!plan) return std::unexpected(plan.error());
  const Uuid& host = plan->enrolment.host;
  const auto authority = authority_.get();
  const auto issued = authority->sign(request->csr, host, *name, host_life_, now);
  if (!issued) return std::unexpected(issued.error());
  const auto kept = book_.enrol(token_hash, key->digest(), plan->enrolment, record_of(*issued, host, now),
                                plan->supersedes);
  if (!kept) return std::unexpected(kept.error());
  return protocol::encode(protocol::CertificateAnswer{host, issued->pem, authority->bundle_pem(now)});
}

Result<std::string> Registrar::renew(const HostIdentity& host, const std::string& body) {
  const auto request = protocol::decode_renew_request(body);
  if (!request) return std::unexpected(request.error());
  if (host.id.is_nil())
    return fail(Errc::not_supported,
                "cannot renew the certificate of " + host.name +
                    ": it has no host id, so it is not of this zone's CA; renew it where it was made");
  const WallTime now = clock_();
  const auto enrolment = book_.find_enrolment(host.id);
  if (!enrolment) return std::unexpected(enrolment.error());
  if (!*enrolment || (*enrolment)->name != host.name)
    return fail(Errc::access_denied, "cannot renew: " + host.name + " is not enrolled here as host id " +
                                         to_string(host.id) + "; enrol it again");
  const auto given = book_.count_certificates(host.id, now - host_life_ / 3);
  if (!given) return std::unexpected(given.error());
  if (*given >= most_certificates)
    return fail(Errc::unavailable, "cannot renew the certificate of " + host.name + ": it was given " +
                                       std::to_string(*given) +
                                       " lately; compare the clocks of host and zone, and ask again later");
  const auto authority = authority_.get();
  const auto issued = authority->sign(request->csr, host.id, host.name, host_life_, now);
  if (!issued) return std::unexpected(issued.error());
  if (auto kept = book_.renew(record_of(*issued, host.id, now), host.serial); !kept)
    return std::unexpected(kept.error());
  return protocol::encode(protocol::CertificateAnswer{host.id, issued->pem, authority->bundle_pem(now)});
}

Result<Enrolment> Registrar::remove(const std::string& name_or_id) {
  auto found = book_.find_enrolment(name_or_id);
  if (const auto id = parse_uuid(name_or_id); found && !*found && id) found = book_.find_enrolment(*id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Errc::no_such_host, "cannot remove " + name_or_id + ": it is not enrolled here");
  if (auto removed = book_.remove((*found)->host); !removed) return std::unexpected(removed.error());
  return **found;
}

Result<void> Registrar::admit(const HostIdentity& host) {
  const auto revoked = book_.is_revoked(host.serial);
  if (!revoked) return std::unexpected(revoked.error());
  if (*revoked)
    return fail(Errc::access_denied, "cannot admit " + host.name + ": its certificate " + host.serial +
                                         " is revoked; enrol the host again");
  return {};
}

}  // namespace nova::ca
