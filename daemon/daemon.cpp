// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.hpp"

#include <sys/signalfd.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <csignal>
#include <new>

#include "daemon/host_facts.hpp"
#include "daemon/journal_reader/records.hpp"
#include "daemon/message_ids.hpp"

namespace nova {
namespace {

constexpr Millis longest_farewell{2000};

host::UnitNames names_for(const HostConfig& config) {
  // read_host_config() has tried it already.
  return host::UnitNames::make(config.patterns, config.exclusions).value_or(host::UnitNames());
}

}  // namespace

Daemon::Daemon(Ground ground, HostInfo info, host::Saved saved)
    : ground_(std::move(ground)),
      later_(ground_.loop),
      clock_(std::make_unique<ClockSync>(ground_.connection.raw(), read_clocks,
                                         [this] {
                                           if (ticker_) ticker_->look();
                                         })),
      names_(names_for(ground_.config)),
      watcher_(std::make_unique<systemd::Watcher>(
          ground_.connection.raw(), ground_.loop, names_,
          [this](const std::vector<host::FoundUnit>& units) { units_seen(units); },
          [this](const Error& error) {
            ground_.journal.write(LOG_WARNING, message::watch_trouble, error.message);
          })),
      control_(std::make_unique<systemd::Control>(
          ground_.connection.raw(),
          systemd::Control::Ports{[] { return read_clocks().boot; },
                                  [this](const std::string& unit, std::function<void()> seen) {
                                    watcher_->refresh(unit, std::move(seen));
                                  }})),
      agent_(ground_.store.host_id(), std::move(info), std::move(saved),
             {.require_reason = ground_.config.require_reason, .has_zone = !ground_.config.zone_urls.empty()},
             {ground_.store, *control_, random_uuid, [this] { return clock_->now(); }}) {
  actions_.emplace(agent_, ground_.journal);
  denials_.emplace(ground_.loop, ground_.journal);
  ticker_.emplace(
      ground_.loop, agent_,
      Ticker::Clock{[this] { return clock_->now(); }, [this] { return clock_->is_synchronised(); }},
      Ticker::Complaints{[this](const Error& error) {
                           ground_.journal.write(LOG_ERR, message::storage_failed, error.message);
                         },
                         [this] {
                           ground_.journal.write(
                               LOG_WARNING, message::clock_unsynchronised,
                               "a hold's until has to wait: the kernel does not call its clock "
                               "synchronised (timedatectl)");
                         }});
}

Daemon::~Daemon() {
  tear_down();
}

Result<void> Daemon::start() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sd_event_source* source = nullptr;
    if (sd_event_add_signal(ground_.loop, &source, signal, on_signal, this) < 0) throw std::bad_alloc();
    sources_.push_back(source);
  }
  // sd-event closes an attached bus when it ends; the objects have to say good-bye before that.
  sd_event_source* exit_source = nullptr;
  if (sd_event_add_exit(ground_.loop, &exit_source, on_exit, this) < 0) throw std::bad_alloc();
  sd_event_source_set_priority(exit_source, SD_EVENT_PRIORITY_IMPORTANT);
  sources_.push_back(exit_source);
  return watcher_->start();
}

void Daemon::units_seen(const std::vector<host::FoundUnit>& units) {
  agent_.observe(units, clock_->now());
  if (objects_ || stopping_) return;
  if (const auto done = go_public(); !done) {
    ground_.journal.write(LOG_ERR, message::cannot_start, done.error().message);
    sd_event_exit(ground_.loop, EXIT_FAILURE);
  }
}

Result<void> Daemon::go_public() {
  objects_.emplace(
      ground_.connection, agent_, [this] { return clock_->now(); },
      [this](const std::string& who, const std::string& verb, const std::string& unit, const Error& why) {
        denials_->write(who, verb, unit, why);
      });
  targets_.emplace(
      agent_, host::PausedTargets::Ports{
                  *control_,
                  [this](const std::string& target, const Error& error) {
                    ground_.journal.write(LOG_WARNING, message::target_trouble,
                                          target + " does not follow: " + error.message, {{"UNIT", target}});
                  },
                  [this](Millis time, std::function<void()> then) { later_.call(time, std::move(then)); }});
  join_zone();
  if (auto named = ground_.connection.take_name(); !named) return named;
  const auto count = agent_.host().services().size();
  ground_.journal.write(LOG_INFO, message::started,
                        "novahostd knows " + std::to_string(count) + (count == 1 ? " service" : " services") +
                            " of Nova on " + agent_.host().info().name);
  sd_notify(0, "READY=1\nSTATUS=On the bus");
  return {};
}

void Daemon::join_zone() {
  if (ground_.config.zone_urls.empty()) return;
  const auto pki = ground_.state / "pki";
  const HostConfig& config = ground_.config;
  const auto either = [](const std::filesystem::path& said, const std::filesystem::path& otherwise) {
    return said.empty() ? otherwise : said;
  };
  // An operator's own certificate is renewed by the operator.
  if (config.certificate_file.empty()) {
    if (auto identity = federation::Identity::open(pki))
      identity_ = *std::move(identity);
    else
      ground_.journal.write(LOG_WARNING, message::zone_trouble, identity.error().message);
  }
  if (config.journal_excerpts) watch_journal();
  link_ = std::make_unique<federation::Link>(
      ground_.loop, agent_,
      federation::LinkSettings{.urls = config.zone_urls,
                               .files = {.ca = config.ca_file,
                                         .learned_ca = pki / "zone-ca.crt",
                                         .certificate = either(config.certificate_file, pki / "host.crt"),
                                         .key = either(config.key_file, pki / "host.key")}},
      federation::Link::Ports{[this] { return clock_->now(); },
                              [this](const federation::LinkState& state) { zone_changed(state); },
                              identity_ ? &*identity_ : nullptr, [this] { before_sync(); },
                              journal_watch_ ? &journal_watch_->excerpts() : nullptr});
}

void Daemon::watch_journal() {
  journal_reader_ = std::make_unique<journal_reader::Reader>(ground_.loop, journal_reader::open_journal);
  journal_watch_.emplace(ground_.loop, agent_, *journal_reader_,
                         JournalWatch::Ports{read_clocks,
                                             [this] {
                                               if (link_) link_->hurry();
                                             },
                                             [this](const Error& error) {
                                               ground_.journal.write(
                                                   LOG_WARNING, message::journal_unreadable,
                                                   "the zone is shown no recent errors: " + error.message);
                                             }});
}

void Daemon::before_sync() {
  agent_.observe_self(load_average(), boot_time(read_clocks()));
  if (journal_watch_) journal_watch_->syncing();
}

void Daemon::zone_changed(const federation::LinkState& state) {
  const bool came = state.connected && !zone_.connected;
  zone_ = {state.zone, state.url, state.connected, state.trouble};
  if (objects_) objects_->show_zone(zone_);
  if (came)
    ground_.journal.write(LOG_INFO, message::zone_connected,
                          "in touch with zone " + state.zone + " at " + state.url);
  if (!state.trouble.empty())
    ground_.journal.write(LOG_WARNING, message::zone_trouble, state.url + ": " + state.trouble);
}

void Daemon::stop() {
  if (stopping_) return;
  stopping_ = true;
  sd_notify(0, "STOPPING=1");
  ground_.journal.write(LOG_INFO, message::stopping, "novahostd stops; holds stay as they are");
  if (link_)
    link_->leave(longest_farewell, [this] { sd_event_exit(ground_.loop, EXIT_SUCCESS); });
  else
    sd_event_exit(ground_.loop, EXIT_SUCCESS);
}

void Daemon::tear_down() {
  link_.reset();
  journal_reader_.reset();
  journal_watch_.reset();
  targets_.reset();
  later_.forget();
  objects_.reset();
  denials_.reset();
  ticker_.reset();
  actions_.reset();
  for (sd_event_source* source : sources_) sd_event_source_disable_unref(source);
  sources_.clear();
}

int Daemon::on_signal(sd_event_source*, const signalfd_siginfo* signal, void* self) {
  auto& daemon = *static_cast<Daemon*>(self);
  if (signal->ssi_signo != SIGHUP)
    daemon.stop();
  else if (daemon.link_)
    daemon.link_->retry_now();
  return 0;
}

int Daemon::on_exit(sd_event_source*, void* self) {
  auto& daemon = *static_cast<Daemon*>(self);
  daemon.tear_down();
  daemon.control_.reset();
  daemon.watcher_.reset();
  daemon.clock_.reset();
  daemon.ground_.connection.detach();
  return 0;
}

}  // namespace nova
