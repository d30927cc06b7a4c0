// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rest/http/server.hpp"
#include "tests/unit/http/fake_zone.hpp"

namespace nova::http::test {

inline const std::string secret = "0123456789abcdef0123456789abcdef";

/// What a client got.
struct Answer {
  long status = 0;  ///< 0: none came
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
  long new_connections = 0;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
  }
};

/// What a client asks.
struct Ask {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
  std::string ca;           ///< file; needed for https
  std::string certificate;  ///< file with certificate and key, or ""
  bool compressed = false;
  bool chunked = false;
  long give_up_after_ms = 20000;
};

/// A client that keeps its connection (libcurl). One thread.
class Client {
 public:
  Client();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Answer ask(const Ask& ask);

 private:
  void* curl_;
};

/// The fake zone behind the real server, on any free port.
struct ServedZone {
  RestDoor door;
  std::unique_ptr<Server> server;

  /// @param body_threads of the port for requests with a body
  explicit ServedZone(const std::string& the_secret = secret, int body_threads = 3);
  std::string url(const std::string& target) const;
  /// At the port for requests with a body.
  std::string body_url(const std::string& target) const;
};

/// A port that was free a moment ago, as was the next one.
std::uint16_t free_port();
/// Waits until somebody listens there; false after ten seconds.
bool wait_for_port(std::uint16_t port);

}  // namespace nova::http::test
