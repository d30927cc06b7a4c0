// SPDX-License-Identifier: Apache-2.0
#include "rest/http/server.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "rest/http/faults.hpp"
#include "rest/http/parking.hpp"
#include "rest/http/pistache.hpp"
#include "rest/http/pistache_convert.hpp"
#include "rest/http/probe.hpp"
#include "rest/http/render.hpp"

namespace nova::http {
namespace {

namespace library = Pistache::Http;

/// The front enforces the clients' times; the library's own would cut parked requests off.
constexpr std::chrono::minutes library_timeout{10};
constexpr int backlog = 4096;

WallTime wall_clock() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

/// Counts what is being answered, so that a stop can wait for it.
class Running {
 public:
  /// One more, until the returned thing is let go.
  std::shared_ptr<void> enter() {
    const std::scoped_lock lock(mutex_);
    ++count_;
    return {this, [](Running* running) { running->leave(); }};
  }
  void wait_until_none(Millis longest) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [this] { return count_ == 0; });
  }

 private:
  void leave() {
    const std::scoped_lock lock(mutex_);
    --count_;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// What all connections share.
struct Shared {
  Shared(const Parts& the_parts, std::string the_secret) : parts(the_parts), secret_(std::move(the_secret)) {}

  std::string secret() {
    const std::scoped_lock lock(secret_mutex_);
    return secret_;
  }
  void set_secret(std::string fresh) {
    const std::scoped_lock lock(secret_mutex_);
    secret_ = std::move(fresh);
  }

  Parts parts;
  std::atomic<bool> draining{false};
  Running running;
  Parking parking;

 private:
  std::mutex secret_mutex_;
  std::string secret_;
};

void add_missing(Reply& reply, const Reply& from) {
  for (const auto& [name, value] : from.headers)
    if (reply.header(name).empty()) reply.with(name, value);
}

/// Sends a reply, or where that fails on our side, that it did. Never throws.
void send_surely(library::ResponseWriter& writer, const Reply& reply, const std::shared_ptr<void>& running) {
  try {
    return send(writer, reply, running);
  } catch (...) {
    try {
      send(writer, fault(500, "cannot answer: an unknown failure"), running);
    } catch (...) {
      return;  // the client has gone, and with it who could be told
    }
  }
}

/// Sends a reply now, or when what it waits for has happened. The library would send a body to HEAD.
void send_or_park(const std::shared_ptr<Shared>& shared, Reply reply, library::ResponseWriter writer,
                  bool head = false) {
  auto running = shared->running.enter();
  if (head) reply.body.clear();
  if (!reply.parked) return send_surely(writer, reply, running);
  auto kept = std::make_shared<library::ResponseWriter>(std::move(writer));
  const auto parked = reply.parked;
  shared->parking.park(parked, [kept, head, running, first = std::move(reply)](Reply later) {
    add_missing(later, first);
    if (head) later.body.clear();
    send_surely(*kept, later, running);
  });
}

class Converter final : public library::Handler {
 public:
  HTTP_PROTOTYPE(Converter)

  explicit Converter(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  // Nothing may leave this function: the library ends the process for it.
  void onRequest(const library::Request& theirs, library::ResponseWriter writer) override {
    Reply reply;
    try {
      reply = reply_to(theirs);
    } catch (...) {
      reply = Reply{.status = 500, .body = R"({"computeFault":{"code":500,"message":"cannot answer"}})"};
    }
    try {
      send_or_park(shared_, std::move(reply), std::move(writer), theirs.method() == library::Method::Head);
    } catch (...) {
      return;  // no memory even to park it; the front gives up at its own time
    }
  }
  void onTimeout(const library::Request&, library::ResponseWriter writer) override {
    try {
      send_or_park(shared_, fault(408, "The request took too long to arrive."), std::move(writer));
    } catch (...) {
      return;
    }
  }

 private:
  Reply reply_to(const library::Request& theirs) {
    const Uuid id = random_uuid();
    if (shared_->draining) return named(fault(503, "The zone is stopping; ask again in a moment."), id);
    const WallTime now = wall_clock();
    auto request = convert(theirs, shared_->secret(), now);
    if (!request) {
      if (request.error().code == Errc::access_denied && shared_->parts.denied)
        shared_->parts.denied(stranger(theirs, now), request.error());
      return named(fault(request.error()), id);
    }
    request->id = id;
    return answer(shared_->parts, *std::move(request));
  }
  static Reply named(Reply reply, const Uuid& id) {
    return std::move(reply).with("X-Openstack-Request-Id", request_id(id));
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

struct Server::Impl {
  std::shared_ptr<Shared> shared;
  std::vector<std::unique_ptr<library::Endpoint>> endpoints;  // that serve

  Impl(const Parts& parts, std::string secret) : shared(std::make_shared<Shared>(parts, std::move(secret))) {}

  void listen(const ServerSettings& settings, std::uint16_t port, int threads) {
    Pistache::Flags<Pistache::Tcp::Options> flags(Pistache::Tcp::Options::ReuseAddr);
    flags.setFlag(Pistache::Tcp::Options::NoDelay).setFlag(Pistache::Tcp::Options::CloseOnExec);
    auto endpoint =
        std::make_unique<library::Endpoint>(Pistache::Address(settings.address, Pistache::Port(port)));
    endpoint->init(library::Endpoint::options()
                       .threads(threads)
                       .flags(flags)
                       .maxRequestSize(settings.max_request)
                       .headerTimeout(library_timeout)
                       .bodyTimeout(library_timeout)
                       .keepaliveTimeout(library_timeout));
    endpoint->initArgs(static_cast<std::size_t>(threads), flags, std::string("http"), backlog);
    endpoint->setHandler(std::make_shared<Converter>(shared));
    endpoint->serveThreaded();
    endpoints.push_back(std::move(endpoint));
  }
};

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings, const Parts& parts) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Impl>(parts, settings.secret)));
  for (const auto& [port, threads] :
       {std::pair{settings.port, settings.threads}, std::pair{settings.body_port, settings.body_threads}})
    try {
      server->impl_->listen(settings, port, threads);
    } catch (const std::exception& error) {
      return fail(Errc::unavailable,
                  "cannot listen on " + settings.address + ":" + std::to_string(port) + ": " + error.what() +
                      "; is another program there? See [Front] BackendPort=",
                  "Front.BackendPort");
    }
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  drain(Millis{0});
  for (const auto& endpoint : impl_->endpoints) endpoint->shutdown();
}

std::uint16_t Server::port() const {
  return impl_->endpoints.front()->getPort();
}

std::uint16_t Server::body_port() const {
  return impl_->endpoints.back()->getPort();
}

bool Server::answers(std::chrono::milliseconds within) const {
  const std::string secret = impl_->shared->secret();
  return http::answers(port(), secret, within) && http::answers(body_port(), secret, within);
}

void Server::answer_parked() {
  impl_->shared->parking.wake_parked();
}

void Server::set_secret(std::string secret) {
  impl_->shared->set_secret(std::move(secret));
}

void Server::drain(Millis longest) {
  impl_->shared->draining = true;
  impl_->shared->parking.wake_all();
  impl_->shared->running.wait_until_none(longest);
}

}  // namespace nova::http
