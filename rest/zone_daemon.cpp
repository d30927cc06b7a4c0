// SPDX-License-Identifier: Apache-2.0
#include "rest/zone_daemon.hpp"

#include <systemd/sd-daemon.h>

#include <memory>
#include <optional>

#include "pki/file.hpp"
#include "rest/enrolment_book.hpp"
#include "rest/front.hpp"
#include "rest/host_door.hpp"
#include "rest/http/server.hpp"
#include "rest/journal.hpp"
#include "rest/loop.hpp"
#include "rest/store/sqlite_store.hpp"
#include "rest/watchdog.hpp"
#include "rest/writer/zone_writer.hpp"

namespace nova::zone {
namespace {

constexpr int door_threads = 4;   // they only read
constexpr int body_threads = 16;  // each may wait for the disk
constexpr std::chrono::seconds answer_time{5};
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

http::ServerSettings server_settings(const Config& config, const std::string& secret) {
  return {.port = config.backend_port,
          .body_port = static_cast<std::uint16_t>(config.backend_port + 1),
          .threads = door_threads,
          .body_threads = body_threads,
          .secret = secret};
}

/// Whether those who work answer: a worker of each port, and the writer.
bool is_alive(writer::Writer& zone_writer, const http::Server& server) {
  bool decides = false;
  zone_writer.when_final(Uuid{}, [&decides] { decides = true; });  // no action: at once
  return decides && server.answers(answer_time);
}

/// Until it is told to stop.
void run(Loop& loop, writer::Writer& zone_writer, http::Server& server,
         const std::function<Result<void>()>& refresh) {
  const Watchdog watchdog(watchdog_pace(),
                          {.is_alive = [&] { return is_alive(zone_writer, server); }, .tell = tell_systemd});
  loop.run({.refresh =
                [&] {
                  if (const auto done = refresh(); !done) journal::warn(done.error().message);
                },
            .answer_parked = [&] { server.answer_parked(); }});
}

}  // namespace

WallTime wall_clock() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Result<void> serve(const Config& config) {
  Loop loop;  // first, so that every thread is born with its signals blocked
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
  if (front->front) loop.watch_front(config.runtime_directory / "front");

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
  auto server = http::Server::start(server_settings(config, front->secret), parts);
  if (!server) return std::unexpected(server.error());

  journal::started(config.name, where(config));
  ::sd_notify(0, ("READY=1\nSTATUS=Answers at " + where(config)).c_str());
  run(loop, **zone_writer, **server,
      [&] { return bring_up_to_date(config, **store, authority, *front, **server); });
  ::sd_notify(0, "STOPPING=1\nSTATUS=Answers what is parked");
  (*server)->drain(drain_time);  // the writer's drain would ring the doorbells
  (*zone_writer)->drain();
  server->reset();
  journal::stopped();
  return {};
}

}  // namespace nova::zone
