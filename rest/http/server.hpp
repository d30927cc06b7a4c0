// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "rest/http/api.hpp"

namespace nova::http {

/// Where and how the server library listens. Loopback only: a front stands before it. Two ports, each with
/// threads of its own, answer the same: the front sends requests with a body to the second, since those may
/// wait for the disk, and nobody who only reads shall wait with them.
struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8791;  ///< 0: any free one (tests)
  std::uint16_t body_port = 0;
  int threads = 2;
  int body_threads = 2;
  std::size_t max_request = 9 * 1024 * 1024;  ///< headers and body; the front's own limit stays below
  std::string secret;                         ///< X-Nova-Front must equal it; "" (Front=none): not asked for
};

/// Pistache, converted: its requests to ours, our replies to its. The only user of that library.
class Server {
 public:
  /// Listens and serves from threads of its own.
  static Result<std::unique_ptr<Server>> start(const ServerSettings& settings, const Parts& parts);
  /// Calls drain() and ends.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// Another secret from the next request on.
  void set_secret(std::string secret);
  std::uint16_t body_port() const;
  /// Whether a worker of each port answers GET /healthz within the time each. Blocks for it at most.
  bool answers(std::chrono::milliseconds within) const;
  /// Answers what is parked now: their front is about to end. New requests may be parked.
  void answer_parked();
  /// Answers every parked request, refuses new ones with 503 and waits until the running ones are answered,
  /// at most so long. The library drops what is left.
  void drain(Millis longest);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::http
