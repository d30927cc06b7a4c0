// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/error.hpp"
#include "model/uuid.hpp"

namespace nova::writer {
class Writer;
}
namespace nova::protocol {
struct SyncRequest;
}

namespace nova::federation {

/// Who a host is, by its certificate, which the front has verified.
struct HostCredential {
  Uuid id;  ///< nil where an operator's own CA put none into the certificate: then the name alone speaks
  std::string name;
};

/// The zone's part of the exchange with its hosts, without HTTP: bodies in, bodies out. Any thread; blocks as
/// long as the writer does.
class HostExchange {
 public:
  explicit HostExchange(writer::Writer& writer) : writer_(writer) {}

  /// POST /federation/v1/sync.
  /// @param credential nothing only where the zone has no front and so no certificates (Front=none)
  /// @param body JSON of protocol::SyncRequest, or the same compressed by gzip
  /// @return JSON of protocol::SyncAnswer; Errc::access_denied where the body claims another host's id or
  /// name, Errc::invalid_argument with the path for a report that cannot be believed, Errc::too_large
  Result<std::string> sync(const std::optional<HostCredential>& credential, std::string_view body) const;
  /// The id under which the zone knows a host; nil where it knows none of that name (yet).
  Uuid id_of(const HostCredential& credential) const;
  /// GET /federation/v1/doorbell: calls `ring` once, from any thread, when the zone has something for the
  /// host that is newer than `revision`; at once for an id that nobody has.
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) const;

 private:
  Result<void> check_speaker(const HostCredential& credential, const protocol::SyncRequest& request) const;

  writer::Writer& writer_;
};

}  // namespace nova::federation
