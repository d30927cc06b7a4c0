// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rest/http/exchange.hpp"
#include "rest/http/pistache.hpp"

// Between the server library's types and ours. For server.cpp only.
namespace nova::http {

/// Reads a request. With a secret (a front stands before us) only what carries it is taken, beside the method
/// and the target ("SECRET METHOD TARGET" in X-Nova-Front), and the front's headers are believed; without one
/// they are not looked at.
/// @return Errc::access_denied without the secret or for another method, Errc::invalid_argument for a path or
/// query that cannot be decoded
Result<Request> convert(const Pistache::Http::Request& theirs, const std::string& secret, WallTime now);

/// What can be said of a request that is not believed: its method and where it came from.
Request stranger(const Pistache::Http::Request& theirs, WallTime now);

/// Sends a reply. Where the client has gone it does nothing: its descriptor may belong to another client by
/// now, so the peer is held until the library has taken the bytes.
/// @param sent kept until the bytes are on their way, or can never be
void send(Pistache::Http::ResponseWriter& writer, const Reply& reply, std::shared_ptr<void> sent);

}  // namespace nova::http
