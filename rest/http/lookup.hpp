// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/http/api.hpp"

namespace nova::http {

/// A service within the snapshot that keeps it alive.
struct FoundService {
  std::shared_ptr<const zone::Snapshot> snapshot;
  const zone::HostView* host = nullptr;
  const zone::ServiceView* service = nullptr;
};

/// The service that the path names: Errc::invalid_argument where that is no UUID, Errc::no_such_service.
Result<FoundService> find_service(const Parts& parts, const Request& request);

/// The request id that the path names second: "req-<uuid>", or the UUID alone.
Result<Uuid> read_request_id(const Request& request);

}  // namespace nova::http
