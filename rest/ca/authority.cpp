// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/authority.hpp"

#include <openssl/pem.h>
#include <unistd.h>

#include <algorithm>

#include "pki/address.hpp"
#include "pki/file.hpp"
#include "pki/openssl.hpp"
#include "pki/pair.hpp"
#include "rest/ca/enrolment.hpp"
#include "rest/ca/issue.hpp"

namespace nova::ca {
namespace {

constexpr mode_t public_file = 0644;

// How long a daemon may sign with a CA that was replaced, until it has read the new one.
constexpr Millis still_signing{std::chrono::hours{1}};

/// Root works here on behalf of the daemon's user, to whom the state directory belongs.
std::optional<pki::Owner> owner_for(const std::filesystem::path& directory) {
  if (::geteuid() != 0) return std::nullopt;
  return pki::owner_of(directory.parent_path());
}

pki::Pair ca_files(const std::filesystem::path& directory) {
  return {directory / "ca.key", directory / "ca.crt", owner_for(directory)};
}
pki::Pair server_files(const std::filesystem::path& directory) {
  return {directory / "server.key", directory / "server.crt", owner_for(directory)};
}

/// A name of its own for every CA: people can tell two of them apart, and so can OpenSSL.
std::string ca_name(const std::string& zone_name, const pki::Key& key) {
  return "Nova CA " + key.digest().substr(0, 8) + " of zone " + zone_name;
}

/// A peer's clock may be behind ours; a short life is not dated back by more than a little of it, or it would
/// have to be renewed at once.
WallTime dated_back(WallTime now, Millis life) {
  return now - std::min(clock_tolerance, life / 10);
}

Result<pki::Certificate> make_ca(const pki::Key& key, const std::string& zone_name, WallTime now) {
  return issue_ca(key, {ca_name(zone_name, key), "", "", now - clock_tolerance, now + ca_life});
}

/// Makes the certificate for the key that waits and puts both into place.
Result<void> install_ca(const std::filesystem::path& directory, const std::string& zone_name, WallTime now) {
  const pki::Pair files = ca_files(directory);
  const auto key = files.waiting_key();
  if (!key) return std::unexpected(key.error());
  const auto certificate = make_ca(*key, zone_name, now);
  if (!certificate) return std::unexpected(certificate.error());
  return files.commit(certificate->to_pem(), public_file);
}

Result<std::string> server_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (auto checked = check_server_name(name); !checked) return std::unexpected(checked.error());
    list += (list.empty() ? "" : ",") + std::string(pki::is_address(name) ? "IP:" : "DNS:") +
            pki::canonical_address(name);
  }
  if (list.empty())
    return fail(Errc::invalid_argument, "cannot make the front's certificate without a name or an address",
                "names");
  return list;
}

bool has_names(const pki::Certificate& certificate, const std::vector<std::string>& names) {
  std::vector<std::string> present = certificate.dns_names();
  std::ranges::copy(certificate.ip_addresses(), std::back_inserter(present));
  std::vector<std::string> wanted;
  std::ranges::transform(names, std::back_inserter(wanted), pki::canonical_address);
  std::ranges::sort(present);
  std::ranges::sort(wanted);
  return present == wanted;
}

}  // namespace

Result<void> check_server_name(const std::string& name) {
  if (pki::is_address(name)) return {};
  const auto checked =
      check_host_name(std::string_view(name).substr(name.starts_with("*.") ? 2 : 0), "names");
  if (!checked) return std::unexpected(checked.error());
  return {};
}

Authority::Authority(std::filesystem::path directory, pki::Key key, pki::Certificate certificate,
                     std::vector<Former> previous)
    : directory_(std::move(directory)),
      key_(std::move(key)),
      certificate_(std::move(certificate)),
      previous_(std::move(previous)) {}

Result<std::vector<Authority::Former>> Authority::read_former(const std::filesystem::path& directory) {
  std::vector<Former> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("previous-") || !name.ends_with(".crt")) continue;
    const auto pem = pki::read_file(entry.path());
    if (!pem) return std::unexpected(pem.error());
    const auto bundle = pki::read_bundle(*pem, entry.path().string());
    if (!bundle) return std::unexpected(bundle.error());
    for (const auto& certificate : *bundle) found.push_back({certificate, entry.path()});
  }
  if (error) return fail(Errc::storage_failed, "cannot list " + directory.string() + ": " + error.message());
  return found;
}

Result<Authority> Authority::read(const std::filesystem::path& directory) {
  const pki::Pair files = ca_files(directory);
  for (const auto& pair : {files, server_files(directory)})
    if (auto recovered = pair.recover(); !recovered) return std::unexpected(recovered.error());
  // Never a new CA beside an old certificate: it would lock out every host without a word.
  if (files.has_certificate() != files.has_key())
    return fail(Errc::storage_failed, "cannot open the CA in " + directory.string() +
                                          ": of ca.key and ca.crt one is missing; restore it from a backup");
  auto key = files.key();
  if (!key) return std::unexpected(key.error());
  auto certificate = files.certificate();
  if (!certificate) return std::unexpected(certificate.error());
  if (key->digest() != certificate->key_digest())
    return fail(Errc::storage_failed, "cannot open the CA in " + directory.string() +
                                          ": ca.key is not the key of ca.crt; restore both from one backup");
  auto previous = read_former(directory);
  if (!previous) return std::unexpected(previous.error());
  return Authority(directory, std::move(*key), std::move(*certificate), std::move(*previous));
}

Result<Authority> Authority::open_locked(const std::filesystem::path& directory, const std::string& zone_name,
                                         WallTime now) {
  const pki::Pair files = ca_files(directory);
  if (auto recovered = files.recover(); !recovered) return std::unexpected(recovered.error());
  if (!files.has_certificate() && !files.has_key())
    if (auto made = install_ca(directory, zone_name, now); !made) return std::unexpected(made.error());
  return read(directory);
}

Result<Authority> Authority::open(const std::filesystem::path& directory, const std::string& zone_name,
                                  WallTime now) {
  if (auto made = pki::make_private_directory(directory, owner_for(directory)); !made)
    return std::unexpected(made.error());
  const auto lock = pki::DirectoryLock::take(directory);
  if (!lock) return std::unexpected(lock.error());
  return open_locked(directory, zone_name, now);
}

Result<Authority> Authority::reopen() const {
  const auto lock = pki::DirectoryLock::take(directory_);
  if (!lock) return std::unexpected(lock.error());
  return read(directory_);
}

Result<Authority> Authority::replace(const std::filesystem::path& directory, const std::string& zone_name,
                                     WallTime now) {
  if (auto made = pki::make_private_directory(directory, owner_for(directory)); !made)
    return std::unexpected(made.error());
  const auto lock = pki::DirectoryLock::take(directory);
  if (!lock) return std::unexpected(lock.error());
  const auto old = open_locked(directory, zone_name, now);
  if (!old) return old;
  // Hosts do not know the new CA yet: the front goes on with a certificate of the old one, made new so that
  // it outlasts every host's next renewal.
  if (const auto server = server_files(directory).certificate()) {
    auto names = server->dns_names();
    std::ranges::copy(server->ip_addresses(), std::back_inserter(names));
    if (auto made = old->make_server_certificate(names, server->not_after() - server->not_before(), now);
        !made)
      return std::unexpected(made.error());
  }
  const auto kept = directory / ("previous-" + old->certificate_.serial() + ".crt");
  if (auto written = pki::write_file(kept, old->ca_pem(), public_file, owner_for(directory)); !written)
    return std::unexpected(written.error());
  if (auto made = install_ca(directory, zone_name, now); !made) return std::unexpected(made.error());
  return read(directory);
}

/// When the CA that came after a former one was made; never where none did.
WallTime Authority::superseded(const Former& former) const {
  WallTime next = WallTime::max();
  const auto consider = [&](const pki::Certificate& ca) {
    if (ca.not_before() > former.certificate.not_before()) next = std::min(next, ca.not_before());
  };
  consider(certificate_);
  for (const Former& other : previous_) consider(other.certificate);
  return next == WallTime::max() ? next : next + clock_tolerance;
}

Result<bool> Authority::drop_former(Millis longest_life,
                                    const std::function<Result<WallTime>(WallTime)>& last_end,
                                    WallTime now) const {
  const auto lock = pki::DirectoryLock::take(directory_);
  if (!lock) return std::unexpected(lock.error());
  const auto server = server_files(directory_).certificate();
  bool dropped = false;
  for (const Former& former : previous_) {
    const WallTime since = superseded(former);
    if (since == WallTime::max() || now < since + still_signing + longest_life) continue;
    if (server && server->signed_by(former.certificate)) continue;
    const auto end = last_end(since + still_signing);
    if (!end) return std::unexpected(end.error());
    if (*end > now) continue;
    std::error_code error;
    dropped |= std::filesystem::remove(former.file, error);
    if (error)
      return fail(Errc::storage_failed, "cannot remove " + former.file.string() + ": " + error.message());
  }
  return dropped;
}

Result<IssuedCertificate> Authority::sign(const std::string& csr_pem, const Uuid& host,
                                          const std::string& name, Millis life, WallTime now) const {
  const auto checked = check_host_name(name);
  if (!checked) return std::unexpected(checked.error());
  const auto key = pki::key_of_request(csr_pem);
  if (!key) return std::unexpected(key.error());
  if (now >= certificate_.not_after())
    return fail(Errc::unavailable, "cannot sign: the zone's CA ended at " +
                                       to_rfc3339(certificate_.not_after()) + "; replace it");
  const std::string names = "DNS:" + name + ",URI:urn:uuid:" + to_string(host);
  const WallTime end = std::min(now + life, certificate_.not_after());
  const auto signed_one =
      issue_leaf(*key, {name, names, "clientAuth", dated_back(now, life), end}, certificate_, key_);
  if (!signed_one) return std::unexpected(signed_one.error());
  return IssuedCertificate{signed_one->to_pem(), signed_one->serial(), signed_one->not_after()};
}

Result<bool> Authority::ensure_server_certificate(const std::vector<std::string>& names, Millis life,
                                                  WallTime now) const {
  const auto lock = pki::DirectoryLock::take(directory_);
  if (!lock) return std::unexpected(lock.error());
  const auto present = server_files(directory_).certificate();
  const auto key = server_files(directory_).key();
  const auto signs_it = [&](const pki::Certificate& ca) {
    return now < ca.not_after() && present->signed_by(ca);
  };
  const auto still_good = [&] {
    if (key->digest() != present->key_digest() || pki::renewal_due(*present, now)) return false;
    // One of a former CA stays until it is due, even under other names: there are hosts that know no other
    // CA.
    return std::ranges::any_of(previous_, signs_it, &Former::certificate) ||
           (signs_it(certificate_) && has_names(*present, names));
  };
  if (present && key && still_good()) return false;
  if (auto made = make_server_certificate(names, life, now); !made) return std::unexpected(made.error());
  return true;
}

Result<void> Authority::make_server_certificate(const std::vector<std::string>& names, Millis life,
                                                WallTime now) const {
  const auto list = server_names(names);
  if (!list) return std::unexpected(list.error());
  const pki::Pair files = server_files(directory_);
  const auto key = files.waiting_key();
  if (!key) return std::unexpected(key.error());
  const WallTime end = std::min(now + life, certificate_.not_after());
  const auto made =
      issue_leaf(*key, {names.front(), *list, "serverAuth", dated_back(now, life), end}, certificate_, key_);
  if (!made) return std::unexpected(made.error());
  return files.commit(made->to_pem(), public_file);
}

std::string Authority::bundle_pem(WallTime now) const {
  std::string bundle = certificate_.to_pem();
  for (const Former& former : previous_)
    if (now < former.certificate.not_after()) bundle += former.certificate.to_pem();
  return bundle;
}

}  // namespace nova::ca
