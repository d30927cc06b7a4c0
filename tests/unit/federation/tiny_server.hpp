// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nova::federation {

/// A request as it came over the wire.
struct WireRequest {
  std::string head;  ///< first line and headers
  std::string body;
};

/// HTTP on loopback, as small as it gets: a thread for each connection, keep-alive. The handler returns the
/// whole response, or "" to close the connection; it may block.
class TinyServer {
 public:
  using Handler = std::function<std::string(const WireRequest&)>;

  /// @param port 0: any free one
  TinyServer(std::uint16_t port, Handler handler);
  ~TinyServer();  ///< closes all connections; handlers have to return
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  static std::string response(int status, const std::string& body);

 private:
  void accept_all();
  void serve(int fd);

  Handler handler_;
  int listener_;
  std::uint16_t port_;
  std::mutex mutex_;
  std::vector<int> open_;           // guarded by mutex_
  std::list<std::thread> serving_;  // guarded by mutex_
  std::thread accepting_;
};

/// A port of loopback on which nothing listens now.
std::uint16_t free_port();

}  // namespace nova::federation
