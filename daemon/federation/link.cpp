// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/link.hpp"

#include <sys/stat.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "daemon/federation/exchange.hpp"
#include "daemon/federation/fault_text.hpp"
#include "daemon/federation/pace.hpp"
#include "daemon/federation/renewal.hpp"
#include "model/text.hpp"
#include "rest/protocol/codec.hpp"

namespace nova::federation {
namespace {

constexpr Millis parked{20'000};         // how long a doorbell is asked to wait
constexpr Millis doorbell_time{30'000};  // and when it is given up
constexpr Millis sync_time{60'000};      // a stalled sync ends long before (transfers.cpp)
constexpr std::size_t longest_trouble = 1000;

struct FreeSource {
  void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};
using Source = std::unique_ptr<sd_event_source, FreeSource>;

/// Tells whether a file was replaced or written.
std::string fingerprint(const TlsFiles& files) {
  std::string text;
  for (const auto& path : {files.ca, files.learned_ca, files.certificate, files.key}) {
    struct stat info {};
    if (path.empty() || stat(path.c_str(), &info) != 0) continue;
    for (const auto part :
         {static_cast<long long>(info.st_ino), static_cast<long long>(info.st_mtim.tv_sec),
          static_cast<long long>(info.st_mtim.tv_nsec), static_cast<long long>(info.st_size)})
      text += std::to_string(part) + " ";
  }
  return text;
}

}  // namespace

struct Link::Impl final : host::Listener {
  sd_event* loop;
  host::Agent& agent;
  LinkSettings settings;
  Ports ports;
  Exchange exchange;
  Pace pace;
  std::mt19937_64 chance{std::random_device{}()};
  std::unique_ptr<Transfers> transfers;
  std::string files_seen;
  Source timer;
  LinkState link_state;
  std::map<std::string, std::string> troubles;  // by URL, since the last answer

  bool syncing = false;
  bool sync_wanted = false;  // while one was under way
  BootTime sent{};
  Transfers::Id doorbell = 0;  // 0: none
  Renewal renewal;
  bool renewing = false;
  bool leaving = false;
  bool said_so = false;  // the sync that announces it was sent
  Source leave_timer;
  std::function<void()> left;

  Impl(sd_event* event_loop, host::Agent& host_agent, LinkSettings link_settings, Ports link_ports)
      : loop(event_loop),
        agent(host_agent),
        settings(std::move(link_settings)),
        ports(std::move(link_ports)),
        exchange(agent, random_uuid(), ports.excerpts),
        pace(settings.urls.size()),
        renewal(ports.identity) {
    sd_event_source* source = nullptr;
    sd_event_add_time(loop, &source, CLOCK_BOOTTIME, 0, 10'000, on_timer, this);
    timer.reset(source);
    agent.add(*this);  // after the exchange, which has to know first
    link_state.url = settings.urls.front();
    sync_after(Millis{0});
  }
  ~Impl() override { agent.remove(*this); }

  void changed(const host::Changes&) override { hurry(); }
  void acted(const Action&) override { hurry(); }

  /// Something happened here. While the zone does not answer, the retries go on at their own pace.
  void hurry() {
    if (exchange.has_news() && link_state.connected) sync_now();
  }
  void sync_now() {
    if (leaving) return;
    if (syncing)
      sync_wanted = true;
    else
      sync_after(pace.wait_for_turn(ports.now().boot));
  }
  void sync_after(Millis pause) {
    sd_event_source_set_time_relative(timer.get(), static_cast<std::uint64_t>(pause.count()) * 1000);
    sd_event_source_set_enabled(timer.get(), SD_EVENT_ONESHOT);
  }
  static int on_timer(sd_event_source*, std::uint64_t, void* self) {
    static_cast<Impl*>(self)->sync();
    return 0;
  }

  const std::string& url() const { return settings.urls[pace.url()]; }

  /// New files count from the next connection on, so there has to be one.
  void renew_connections() {
    const std::string seen = fingerprint(settings.files);
    if (transfers && seen == files_seen) return;
    files_seen = seen;
    doorbell = 0;
    renewing = false;
    transfers = std::make_unique<Transfers>(loop, settings.files);
  }

  void sync() {
    if (syncing) return;
    syncing = true;
    sync_wanted = false;
    renew_connections();
    ports.syncing();
    const auto request = exchange.request(random_uuid(), leaving);
    said_so = leaving;
    sent = ports.now().boot;
    transfers->start({.url = url() + "/federation/v1/sync",
                      .post = true,
                      .body = protocol::encode(request),
                      .longest = sync_time},
                     [this](const HttpReply& reply) { synced(reply); });
  }

  void synced(const HttpReply& reply) {
    syncing = false;
    if (leaving) return said_so ? end_at(Millis{0}) : sync_after(Millis{0});
    const auto after = take(reply);
    if (!after) return failed(after.error().message);
    pace.succeeded();
    troubles.clear();
    tell({.connected = true,
          .url = url(),
          .zone = exchange.zone_name(),
          .trouble = after->trouble.empty() ? renewal.trouble() : after->trouble});
    const bool at_once = after->again_now || sync_wanted;
    sync_after(at_once ? std::min(pace.wait_for_turn(ports.now().boot), after->interval) : after->interval);
    ask_doorbell();
    renew_if_due();
  }

  Result<AfterAnswer> take(const HttpReply& reply) {
    if (reply.status == 0) return fail(Errc::unavailable, reply.trouble);
    if (reply.status != 200)
      return fail(Errc::unavailable,
                  "it answered " + std::to_string(reply.status) + ": " + fault_text(reply));
    const auto answer = protocol::decode_answer(reply.body);
    if (!answer) return std::unexpected(answer.error());
    return exchange.answered(*answer, sent, ports.now());
  }

  void failed(const std::string& why) {
    // With several URLs down the trouble takes turns; each is told once, until one of them answers.
    if (std::exchange(troubles[url()], why) != why)
      tell({.connected = false, .url = url(), .zone = exchange.zone_name(), .trouble = why});
    if (doorbell != 0) transfers->cancel(doorbell);
    doorbell = 0;
    sync_after(pace.failed(std::uniform_real_distribution<>(0, 1)(chance)));
  }

  void ask_doorbell() {
    if (doorbell != 0 || leaving) return;
    doorbell = transfers->start(
        {.url = url() + "/federation/v1/doorbell?revision=" + std::to_string(exchange.revision()) +
                "&wait=" + std::to_string(parked.count() / 1000) + "&host=" + to_string(agent.host().id()),
         .longest = doorbell_time},
        [this](const HttpReply& reply) { rung(reply); });
  }

  void rung(const HttpReply& reply) {
    doorbell = 0;
    // Any answer means "sync now"; without one, or with an error, the interval will do.
    if (reply.status >= 200 && reply.status < 400) sync_now();
  }

  void renew_if_due() {
    if (renewing) return;
    auto body = renewal.request(agent.host().info().name, ports.now());
    if (!body) return;
    renewing = true;
    transfers->start({.url = url() + "/federation/v1/renew", .post = true, .body = *std::move(body)},
                     [this](const HttpReply& reply) { renewed(reply); });
  }
  void renewed(const HttpReply& reply) {
    renewing = false;
    if (reply.status == 200)  // the next sync finds the new files and connects with them
      renewal.answered(reply.body, agent.host().info().name, agent.host().id(), ports.now());
    else
      renewal.failed(reply.status == 0 ? reply.trouble : fault_text(reply), ports.now());
  }

  void tell(LinkState now) {
    now.trouble = shortened(now.trouble, longest_trouble);  // it may be anybody's words, a proxy's among them
    if (now == link_state) return;
    link_state = std::move(now);
    ports.tell(link_state);
  }

  void leave(Millis longest, std::function<void()> done) {
    leaving = true;
    left = std::move(done);
    if (doorbell != 0) transfers->cancel(doorbell);
    doorbell = 0;
    end_at(link_state.connected ? longest : Millis{0});
    if (link_state.connected && !syncing) sync_after(Millis{0});
  }
  void end_at(Millis pause) {
    sd_event_source* source = nullptr;
    sd_event_add_time_relative(loop, &source, CLOCK_BOOTTIME,
                               static_cast<std::uint64_t>(pause.count()) * 1000, 1'000, on_end, this);
    leave_timer.reset(source);
  }
  static int on_end(sd_event_source*, std::uint64_t, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    sd_event_source_set_enabled(impl.timer.get(), SD_EVENT_OFF);
    impl.transfers.reset();
    if (const auto done = std::exchange(impl.left, {})) done();
    return 0;
  }
};

Link::Link(sd_event* loop, host::Agent& agent, LinkSettings settings, Ports ports)
    : impl_(std::make_unique<Impl>(loop, agent, std::move(settings), std::move(ports))) {}

Link::~Link() = default;

void Link::leave(Millis longest, std::function<void()> done) {
  impl_->leave(longest, std::move(done));
}

void Link::hurry() {
  impl_->hurry();
}

void Link::retry_now() {
  impl_->files_seen.clear();
  impl_->pace.restart();
  if (!impl_->syncing && !impl_->leaving) impl_->sync_after(Millis{0});
}

const LinkState& Link::state() const {
  return impl_->link_state;
}

}  // namespace nova::federation
