// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/ca/registrar.hpp"
#include "rest/federation/host_exchange.hpp"
#include "rest/http/host_door.hpp"

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
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override {
    exchange_.doorbell(host, revision, std::move(ring));
  }
  Result<std::string> enrol(const std::string& body) override { return registrar_.enrol(body); }
  Result<std::string> renew(const ca::HostIdentity& host, const std::string& body) override {
    return registrar_.renew(host, body);
  }

 private:
  const federation::HostExchange& exchange_;
  ca::Registrar& registrar_;
};

}  // namespace nova::zone
