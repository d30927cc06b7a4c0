// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/error.hpp"
#include "rest/ca/authority.hpp"
#include "rest/http/exchange.hpp"

namespace nova::http {

/// What hosts ask of the zone (design section 6), behind the HTTP door. An identity was read from a
/// certificate that the front has verified; there is none only where no front is (Front=none). Implemented
/// over rest/federation and rest/ca; a fake in tests. Any thread.
class HostDoor {
 public:
  virtual ~HostDoor() = default;

  /// May this certificate still speak (not revoked, its host not removed)?
  virtual Result<void> admit(const ca::HostIdentity& host) = 0;
  /// POST /federation/v1/sync. @param body JSON of protocol::SyncRequest @return JSON of SyncAnswer
  virtual Result<std::string> sync(const std::optional<ca::HostIdentity>& host, const std::string& body) = 0;
  /// The id under which the zone knows the host of a certificate; nil where it knows it not (yet).
  virtual Uuid id_of(const ca::HostIdentity& host) = 0;
  /// GET /federation/v1/doorbell: calls `ring` once, from any thread; at once for an id that nobody has.
  virtual void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) = 0;
  /// POST /federation/v1/enrol: no certificate yet, the body carries the join token and the request.
  virtual Result<std::string> enrol(const std::string& body) = 0;
  /// POST /federation/v1/renew: a new certificate for the same host.
  virtual Result<std::string> renew(const ca::HostIdentity& host, const std::string& body) = 0;
  /// Part of DELETE /hosts/{host}: ends the enrolment of a host, which may never have been heard.
  /// Errc::no_such_host
  virtual Result<void> remove_enrolment(const std::string& name_or_id, const std::string& actor) = 0;
};

}  // namespace nova::http
