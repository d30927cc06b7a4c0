// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "pki/key.hpp"
#include "rest/ca/registrar.hpp"
#include "tests/unit/pki/folder.hpp"

namespace nova::tests {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + hours{12}};
inline const Uuid id_1 = parse_uuid("11111111-1111-4111-8111-111111111111").value();
inline const Uuid id_2 = parse_uuid("22222222-2222-4222-8222-222222222222").value();

/// Runs a program. @return its exit code and what it wrote
inline std::pair<int, std::string> run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string said;
  for (int c = 0; (c = ::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  return {WEXITSTATUS(::pclose(pipe)), said};
}

/// openssl verify at a moment. @param more further options
inline std::pair<int, std::string> verify(const std::filesystem::path& ca,
                                          const std::filesystem::path& certificate, WallTime at,
                                          const std::string& more = "") {
  const auto when = std::chrono::floor<seconds>(at).time_since_epoch().count();
  return run("openssl verify -x509_strict -attime " + std::to_string(when) + " -CAfile " + ca.string() + " " +
             more + " " + certificate.string());
}

/// ca::Book in memory, with the store's promises.
class FakeBook final : public ca::Book {
 public:
  Result<void> add_token(const ca::JoinToken& token) override {
    tokens[token.hash] = token;
    return {};
  }
  Result<std::optional<ca::JoinToken>> find_token(const std::string& hash) override {
    const auto found = tokens.find(hash);
    return found == tokens.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::optional<ca::Enrolment>> find_enrolment(const std::string& name) override {
    for (const auto& [id, enrolment] : enrolments)
      if (enrolment.name == name) return enrolment;
    return std::nullopt;
  }
  Result<std::optional<ca::Enrolment>> find_enrolment(const Uuid& host) override {
    const auto found = enrolments.find(host);
    return found == enrolments.end() ? std::nullopt : std::optional(found->second);
  }
  Result<void> enrol(const std::string& token_hash, const std::string& key, const ca::Enrolment& enrolment,
                     const ca::HostCertificate& certificate, bool supersede) override {
    if (full) return fail(Errc::storage_failed, "cannot keep the enrolment: the disk is full");
    auto& token = tokens.at(token_hash);
    if (!token.used) token.used = certificate.issued;
    token.used_by_key = key;
    enrolments.try_emplace(enrolment.host, enrolment);
    if (supersede)
      for (auto& [serial, known] : certificates)
        if (known.host == certificate.host) revoked.try_emplace(serial, certificate.issued);
    certificates[certificate.serial] = certificate;
    return {};
  }
  Result<void> renew(const ca::HostCertificate& certificate, const std::string& former) override {
    if (meanwhile) meanwhile();
    if (revoked.contains(former)) return fail(Errc::access_denied, "cannot renew: it is revoked");
    certificates[certificate.serial] = certificate;
    return {};
  }
  Result<std::size_t> count_certificates(const Uuid& host, WallTime since) override {
    return std::size_t(std::ranges::count_if(certificates, [&](const auto& known) {
      return known.second.host == host && known.second.issued >= since && !revoked.contains(known.first);
    }));
  }
  Result<bool> is_revoked(const std::string& serial) override { return revoked.contains(serial); }
  Result<void> remove(const Uuid& host) override {
    std::erase_if(tokens, [&](const auto& token) { return token.second.host == enrolments[host].name; });
    enrolments.erase(host);
    for (const auto& [serial, known] : certificates)
      if (known.host == host) revoked.try_emplace(serial, known.issued);
    return {};
  }

  std::map<std::string, ca::JoinToken> tokens;
  std::map<Uuid, ca::Enrolment> enrolments;
  std::map<std::string, ca::HostCertificate> certificates;
  std::map<std::string, WallTime> revoked;
  bool full = false;
  std::function<void()> meanwhile;  ///< called between the decision on a renewal and its being kept
};

/// A certificate request with a key of its own.
inline std::string a_request() {
  return pki::make_request(pki::Key::generate().value(), "whatever").value();
}

}  // namespace nova::tests
