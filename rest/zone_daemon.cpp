// SPDX-License-Identifier: Apache-2.0
#include "rest/zone_daemon.hpp"

#include <signal.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <cstring>
#include <memory>
#include <optional>

#include "pki/file.hpp"
#include "rest/enrolment_book.hpp"
#include "rest/front.hpp"
#include "rest/host_door.hpp"
#include "rest/http/server.hpp"
#include "rest/journal.hpp"
#include "rest/store/sqlite_store.hpp"
#include "rest/writer/zone_writer.hpp"

namespace nova::zone {
namespace {

constexpr int door_threads = 4;   // they only read
constexpr int body_threads = 16;  // each may wait for the disk
constexpr std::uint64_t refresh_every = 60 * 1000000ULL;
constexpr std::chrono::seconds drain_time{10};

/// Valid tokens for the door, out of the store.
http::TokenSource tokens_of(store::Store& store) {
  return [&store]() -> Result<std::vector<http::Token>> {
    const auto stored = store.tokens();
    if (!stored) return std::unexpected(stored.error());
    std::vector<http::Token> tokens;
    for (const auto& token : *stored)
      if (!token.revoked) tokens.push_back({token.name, token.role, token.hash});
    return tokens;
  };
}

/// What an external front sends as X-Nova-Front: the file's first line.
Result<std::string> read_secret(const std::filesystem::path& file) {
  auto text = pki::read_file(file, 4096);
  if (!text) return text;
  text->erase(std::min(text->find_first_of("\r\n"), text->size()));
  if (text->size() < 32)
    return fail(
        Errc::invalid_argument,
        "cannot take " + file.string() + ": its first line must be a secret of at least 32 characters",
        "Front.SecretFile");
  return text;
}

/// The loop of the main thread: signals, the watchdog, the certificates. All work is on other threads.
class Loop {
 public:
  explicit Loop(std::function<void()> refresh) : refresh_(std::move(refresh)) {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);  // a client that leaves is no reason to end
    ::sd_event_new(&event_);
    ::sd_event_add_signal(event_, nullptr, SIGTERM, nullptr, nullptr);
    ::sd_event_add_signal(event_, nullptr, SIGINT, nullptr, nullptr);
    ::sd_event_add_signal(event_, nullptr, SIGHUP, on_hangup, this);
    ::sd_event_add_time_relative(event_, &timer_, CLOCK_BOOTTIME, refresh_every, refresh_every / 10, on_time,
                                 this);
  }
  ~Loop() {
    ::sd_event_source_unref(timer_);
    ::sd_event_unref(event_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Until SIGTERM or SIGINT.
  void run() {
    ::sd_event_set_watchdog(event_, 1);
    ::sd_event_loop(event_);
  }

 private:
  static int on_hangup(sd_event_source*, const signalfd_siginfo*, void* self) {
    static_cast<Loop*>(self)->refresh_();
    return 0;
  }
  static int on_time(sd_event_source* source, std::uint64_t, void* self) {
    static_cast<Loop*>(self)->refresh_();
    ::sd_event_source_set_time_relative(source, refresh_every);
    return ::sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
  }

  std::function<void()> refresh_;
  sd_event* event_ = nullptr;
  sd_event_source* timer_ = nullptr;
};

/// The front, and the secret that the door asks for: "" where there is no front.
struct FrontParts {
  std::optional<Front> front;
  std::string secret;
  std::filesystem::path cache;
};

Result<FrontParts> prepare_front(const Config& config, const ca::Authority& authority) {
  FrontParts parts;
  if (config.front == FrontMode::external) {
    auto secret = read_secret(config.secret_file);
    if (!secret) return std::unexpected(secret.error());
    parts.secret = *std::move(secret);
    if (auto published = publish_ca(config, authority, wall_clock()); !published)
      return std::unexpected(published.error());
  }
  if (config.front == FrontMode::private_) {
    auto front = Front::prepare(config, authority, wall_clock());
    if (!front) return std::unexpected(front.error());
    parts.secret = front->secret();
    parts.cache = front->cache();
    parts.front.emplace(*std::move(front));
  }
  return parts;
}

std::string where(const Config& config) {
  if (config.front == FrontMode::private_) return "https, port " + std::to_string(config.port);
  return "http://127.0.0.1:" + std::to_string(config.backend_port) +
         (config.front == FrontMode::external ? ", behind your own front" : ", without a front");
}

/// Reads again what may have changed: the CA, an external front's secret, certificates. The front believes a
/// new CA before anything is signed with it.
Result<void> bring_up_to_date(const Config& config, store::Store& store, ca::CurrentAuthority& current,
                              FrontParts& front, http::Server& server) {
  const WallTime now = wall_clock();
  auto fresh = current.get()->reopen();
  if (!fresh) return std::unexpected(fresh.error());
  const auto dropped = fresh->drop_former(
      std::max(config.certificate_life, config.server_life),
      [&store](WallTime issued_until) { return store.last_certificate_end(issued_until); }, now);
  if (dropped && *dropped) fresh = fresh->reopen();
  if (!fresh) return std::unexpected(fresh.error());
  auto done = front.front ? front.front->refresh(*fresh, now) : publish_ca(config, *fresh, now);
  current.set(*std::move(fresh));
  if (!dropped) return std::unexpected(dropped.error());
  if (!done || config.front != FrontMode::external) return done;
  auto secret = read_secret(config.secret_file);
  if (!secret) return std::unexpected(secret.error());
  server.set_secret(*std::move(secret));
  return {};
}

writer::Options writer_options(const Config& config) {
  auto options = writer::default_options(config.name);
  options.note = journal::note;
  return options;
}

}  // namespace

WallTime wall_clock() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Result<void> serve(const Config& config) {
  std::function<Result<void>()> refresh;
  Loop loop([&refresh] {  // first, so that every thread is born with its signals blocked
    if (!refresh) return;
    if (auto refreshed = refresh(); !refreshed) journal::warn(refreshed.error().message);
  });
  const auto store = store::open_sqlite({.file = config.state_directory / "zone.db",
                                         .exclusive = true,
                                         .now = wall_clock(),
                                         .boot_id = writer::boot_id()});
  if (!store) return std::unexpected(store.error());
  auto opened = ca::Authority::open(config.state_directory / "ca", config.name, wall_clock());
  if (!opened) return std::unexpected(opened.error());
  ca::CurrentAuthority authority(*std::move(opened));
  const auto zone_writer = writer::make_writer(writer_options(config), **store);
  if (!zone_writer) return std::unexpected(zone_writer.error());
  auto front = prepare_front(config, *authority.get());
  if (!front) return std::unexpected(front.error());

  EnrolmentBook book(**store, wall_clock);
  ca::Registrar registrar(authority, book, config.certificate_life, wall_clock);
  const federation::HostExchange exchange(**zone_writer);
  FederationDoor hosts(exchange, registrar);
  http::Authenticator authenticator(tokens_of(**store));
  http::Collections collections(front->cache);
  const http::Parts parts{.writer = **zone_writer,
                          .authenticator = authenticator,
                          .collections = collections,
                          .hosts = hosts,
                          .anonymous = config.anonymous,
                          .require_reason = config.require_reason,
                          .denied = journal::denied};
  auto server = http::Server::start({.port = config.backend_port,
                                     .body_port = static_cast<std::uint16_t>(config.backend_port + 1),
                                     .threads = door_threads,
                                     .body_threads = body_threads,
                                     .secret = front->secret},
                                    parts);
  if (!server) return std::unexpected(server.error());
  refresh = [&] { return bring_up_to_date(config, **store, authority, *front, **server); };

  journal::started(config.name, where(config));
  ::sd_notify(0, ("READY=1\nSTATUS=Answers at " + where(config)).c_str());
  loop.run();
  ::sd_notify(0, "STOPPING=1\nSTATUS=Answers what is parked");
  (*zone_writer)->drain();
  (*server)->drain(drain_time);
  server->reset();
  journal::stopped();
  return {};
}

}  // namespace nova::zone
