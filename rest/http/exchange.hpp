// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "model/uuid.hpp"
#include "model/vocabulary.hpp"

namespace nova::http {

/// Who a token belongs to.
struct Principal {
  std::string name;
  Role role = Role::reader;
  bool operator==(const Principal&) const = default;
};

/// What the front vouches for about the client's connection. Its own headers, overwritten there always.
struct Connection {
  std::string remote;       ///< the client's address, for the journal
  bool verified = false;    ///< the client's certificate was signed by a CA of the zone
  std::string certificate;  ///< PEM, percent-encoded as nginx hands it on; or ""
  std::string refused;      ///< why the front refused the request: it is to be noted, not answered; or ""
  bool operator==(const Connection&) const = default;
};

/// A request, decoded and checked for form; what handlers get.
struct Request {
  std::string method;                                      ///< "GET"
  std::vector<std::string> path;                           ///< decoded segments: {"services", "<id>"}
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in the order given
  std::string body;
  std::string token;          ///< X-Auth-Token
  std::string if_none_match;  ///< as sent
  std::string prefer;         ///< as sent
  std::string content_type;   ///< of the body, as sent
  Connection connection;
  Uuid id;                            ///< X-Openstack-Request-Id without its "req-"
  WallTime received;                  ///< when; handlers have no clock
  std::string base;                   ///< what precedes "/services" in the path: "" or "/v1.1/<project>"
  std::vector<std::string> captured;  ///< the path's variable parts, in the order of the route's pattern
  Principal principal;                ///< set once authenticated
  bool again = false;                 ///< the file of a former answer was gone: the body itself is wanted
};

struct Reply;

/// A reply that waits for something. Nothing of value may travel in it, because a parked answer can reach
/// another client when its own has gone (a fault of the server library): it says where to look, no more.
struct Parked {
  /// Called once; `wake` may be called from any thread, at once or never.
  std::function<void(std::function<void()> wake)> start;
  Millis longest{0};                 ///< after this time `then` is called anyway
  std::function<Reply()> then;       ///< makes the reply; called once, must not block
  std::function<Reply()> stopped{};  ///< the same where the zone or its front stops; nothing: `then` does
};

/// What a handler answers.
struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string file;                ///< name within the front's cache that holds the body, or ""
  std::shared_ptr<Parked> parked;  ///< set: the rest is to be ignored, the reply comes later

  Reply& with(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Reply&& with(std::string name, std::string value) && { return std::move(this->with(name, value)); }
  /// The value of a header, or "".
  std::string_view header(std::string_view name) const {
    for (const auto& [known, value] : headers)
      if (known == name) return value;
    return {};
  }
};

}  // namespace nova::http
