// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "model/error.hpp"
#include "model/time.hpp"

struct sd_event;

namespace nova::federation {

/// Who we are and whom we believe, for TLS; empty paths where not needed.
struct TlsFiles {
  std::filesystem::path ca;
  std::filesystem::path learned_ca;  ///< what the zone said of itself; believed as well, may not be there
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// One HTTP request.
struct HttpRequest {
  std::string url;
  bool post = false;
  std::string body;  ///< JSON; sent with Content-Length, compressed when large
  Millis longest{10'000};
};

/// What came of it.
struct HttpReply {
  int status = 0;       ///< 0: no answer
  std::string body;     ///< decompressed, at most protocol::max_body
  std::string trouble;  ///< why there is no answer, for people
};

/// Checks a zone's URL: https, or http to this very machine; no path, query or user.
Result<void> check_zone_url(const std::string& url);

/// HTTP requests on an sd-event loop: libcurl's multi interface, whose sockets and timer are sources of the
/// loop. Connections are kept and used again. One thread.
class Transfers {
 public:
  using Done = std::function<void(const HttpReply&)>;
  using Id = std::uint64_t;

  Transfers(sd_event* loop, TlsFiles files);
  ~Transfers();  ///< drops what is under way, without a word to its Done
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  /// Starts a request; `done` is called once, from the loop, never from inside.
  Id start(HttpRequest request, Done done);
  /// Drops a request; its Done is not called. A finished one is ignored.
  void cancel(Id id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::federation
