// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_rows.hpp"

namespace nova::store {
namespace {

std::optional<Enrolment> read_enrolment(Query& row) {
  if (!row.next()) return std::nullopt;
  Enrolment found{.host = row.uuid()};
  found.name = row.text();
  found.since = row.time();
  return found;
}

HostCertificate read_certificate(Query& row) {
  HostCertificate found{.serial = row.text()};
  found.host = row.uuid();
  found.issued = row.time();
  found.not_after = row.time();
  found.revoked = row.maybe_time();
  return found;
}

void insert(Connection& connection, const HostCertificate& certificate) {
  Query(connection.prepare("INSERT OR IGNORE INTO certificates (serial, host, issued, not_after, revoked) "
                           "VALUES (?,?,?,?,?)"))
      .with(certificate.serial, certificate.host, certificate.issued, certificate.not_after,
            certificate.revoked)
      .run();
}

}  // namespace

Result<void> SqliteStore::add_join_token(const JoinToken& token) {
  return in_transaction(*writing_, "keep the join token", [&]() -> Result<void> {
    Query(writing_->prepare("INSERT INTO join_tokens (hash, host, created_by, expires, used, used_by_key) "
                            "VALUES (?,?,?,?,?,?)"))
        .with(token.hash, token.host, token.created_by, token.expires, token.used, token.used_by_key)
        .run();
    return {};
  });
}

Result<std::optional<JoinToken>> SqliteStore::find_join_token(const std::string& hash) {
  return guarded(*reading_, "read the join token", [&]() -> Result<std::optional<JoinToken>> {
    Query row(reading_->prepare(
        "SELECT hash, host, created_by, expires, used, used_by_key FROM join_tokens WHERE hash = ?"));
    if (!row.with(hash).next()) return std::nullopt;
    JoinToken token{.hash = row.text()};
    token.host = row.text();
    token.created_by = row.text();
    token.expires = row.time();
    token.used = row.maybe_time();
    token.used_by_key = row.text();
    return token;
  });
}

Result<std::optional<Enrolment>> SqliteStore::find_enrolment(const std::string& name) {
  return guarded(*reading_, "read the enrolment", [&]() -> Result<std::optional<Enrolment>> {
    Query row(reading_->prepare("SELECT host, name, since FROM enrolments WHERE name = ?"));
    return read_enrolment(row.with(name));
  });
}

Result<std::optional<Enrolment>> SqliteStore::find_enrolment(const Uuid& host) {
  return guarded(*reading_, "read the enrolment", [&]() -> Result<std::optional<Enrolment>> {
    Query row(reading_->prepare("SELECT host, name, since FROM enrolments WHERE host = ?"));
    return read_enrolment(row.with(host));
  });
}

Result<void> SqliteStore::enrol(const std::string& token_hash, const std::string& key,
                                const Enrolment& enrolment, const HostCertificate& certificate,
                                bool supersede) {
  return in_transaction(*writing_, "keep the enrolment", [&]() -> Result<void> {
    Query use(
        writing_->prepare("UPDATE join_tokens SET used = coalesce(used, ?), used_by_key = ? "
                          "WHERE hash = ? AND (used IS NULL OR used_by_key = ?)"));
    if (use.with(certificate.issued, key, token_hash, key).run() == 0)
      return fail(Errc::conflict,
                  "cannot enrol " + enrolment.name +
                      ": the join token is unknown or was used for another key; make a new one");
    Query other(writing_->prepare("SELECT 1 FROM enrolments WHERE (name = ?) <> (host = ?)"));
    if (other.with(enrolment.name, enrolment.host).next())
      return fail(Errc::conflict, "cannot enrol " + enrolment.name +
                                      ": the name or the host id is another host's; remove that host first");
    Query(writing_->prepare("INSERT OR IGNORE INTO enrolments (host, name, since) VALUES (?,?,?)"))
        .with(enrolment.host, enrolment.name, enrolment.since)
        .run();
    if (supersede)
      Query(writing_->prepare(
                "UPDATE certificates SET revoked = ? WHERE host = ? AND serial <> ? AND revoked IS NULL"))
          .with(certificate.issued, certificate.host, certificate.serial)
          .run();
    insert(*writing_, certificate);
    return {};
  });
}

Result<void> SqliteStore::add_certificate(const HostCertificate& certificate, const std::string& shown) {
  return in_transaction(*writing_, "keep the certificate", [&]() -> Result<void> {
    Query enrolled(writing_->prepare("SELECT 1 FROM enrolments WHERE host = ?"));
    if (!enrolled.with(certificate.host).next())
      return fail(Errc::no_such_host, "cannot renew: host " + to_string(certificate.host) +
                                          " is not enrolled here; enrol it again");
    Query revoked(writing_->prepare("SELECT 1 FROM certificates WHERE serial = ? AND revoked IS NOT NULL"));
    if (revoked.with(shown).next())
      return fail(Errc::access_denied,
                  "cannot renew: certificate " + shown + " is revoked; enrol the host again");
    insert(*writing_, certificate);
    return {};
  });
}

Result<std::optional<HostCertificate>> SqliteStore::find_certificate(const std::string& serial) {
  return guarded(*reading_, "read the certificate", [&]() -> Result<std::optional<HostCertificate>> {
    Query row(reading_->prepare(
        "SELECT serial, host, issued, not_after, revoked FROM certificates WHERE serial = ?"));
    if (!row.with(serial).next()) return std::nullopt;
    return read_certificate(row);
  });
}

Result<std::size_t> SqliteStore::count_certificates(const Uuid& host, WallTime since) {
  return guarded(*reading_, "count the certificates", [&]() -> Result<std::size_t> {
    Query count(reading_->prepare(
        "SELECT count(*) FROM certificates WHERE host = ? AND issued >= ? AND revoked IS NULL"));
    count.with(host, since).next();
    return static_cast<std::size_t>(count.integer());
  });
}

Result<WallTime> SqliteStore::last_certificate_end(WallTime issued_until) {
  return guarded(*reading_, "read the certificates", [&]() -> Result<WallTime> {
    Query last(
        reading_->prepare("SELECT max(not_after) FROM certificates WHERE issued <= ? AND revoked IS NULL"));
    last.with(issued_until).next();
    return last.maybe_time().value_or(WallTime{});
  });
}

void SqliteStore::end_enrolment(const Uuid& host, WallTime now) {
  // A token that the host has used already would still be good for the key that it was used with.
  Query(writing_->prepare("DELETE FROM join_tokens WHERE host IN (SELECT name FROM enrolments WHERE host = ? "
                          "UNION SELECT name FROM hosts WHERE id = ?)"))
      .with(host, host)
      .run();
  Query(writing_->prepare("DELETE FROM enrolments WHERE host = ?")).with(host).run();
  Query(writing_->prepare("UPDATE certificates SET revoked = ? WHERE host = ? AND revoked IS NULL"))
      .with(now, host)
      .run();
}

Result<void> SqliteStore::remove_enrolment(const Uuid& host, WallTime now) {
  return in_transaction(*writing_, "remove the enrolment", [&]() -> Result<void> {
    Query enrolled(writing_->prepare("SELECT 1 FROM enrolments WHERE host = ?"));
    if (!enrolled.with(host).next())
      return fail(Errc::no_such_host, "cannot remove host " + to_string(host) + ": it is not enrolled here");
    end_enrolment(host, now);
    return {};
  });
}

}  // namespace nova::store
