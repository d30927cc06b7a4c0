// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/ca/registrar.hpp"
#include "rest/federation/host_exchange.hpp"
#include "rest/http/host_door.hpp"
#include "rest/journal.hpp"

namespace nova::zone {

/// The hosts' part of the REST door, over the exchange and the registrar.
class FederationDoor final : public http::HostDoor {
 public:
  FederationDoor(const federation::HostExchange& exchange, ca::Registrar& registrar)
      : exchange_(exchange), registrar_(registrar) {}

  Result<void> admit(const ca::HostIdentity& host) override { return registrar_.admit(host); }
  Result<std::string> sync(const std::optional<ca::HostIdentity>& host, const std::string& body) override {
    if (!host) return exchange_.sync(std::nullopt, body);
    return exchange_.sync(federation::HostCredential{host->id, host->name}, body);
  }
  Uuid id_of(const ca::HostIdentity& host) override { return exchange_.id_of({host.id, host.name}); }
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override {
    exchange_.doorbell(host, revision, std::move(ring));
  }
  Result<std::string> enrol(const std::string& body) override { return registrar_.enrol(body); }
  Result<std::string> renew(const ca::HostIdentity& host, const std::string& body) override {
    return registrar_.renew(host, body);
  }
  Result<void> remove_enrolment(const std::string& name_or_id, const std::string& actor) override {
    const auto removed = registrar_.remove(name_or_id);
    if (!removed) return std::unexpected(removed.error());
    journal::note({Note::What::host_removed,
                   removed->host,
                   {},
                   "the enrolment of host " + removed->name + " was removed by " + actor});
    return {};
  }

 private:
  const federation::HostExchange& exchange_;
  ca::Registrar& registrar_;
};

}  // namespace nova::zone
