// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <memory>
#include <optional>
#include <vector>

#include "daemon/clock_sync.hpp"
#include "daemon/clocks.hpp"
#include "daemon/config.hpp"
#include "daemon/denials.hpp"
#include "daemon/federation/identity.hpp"
#include "daemon/federation/link.hpp"
#include "daemon/host/paused_targets.hpp"
#include "daemon/journal.hpp"
#include "daemon/journal_reader/reader.hpp"
#include "daemon/journal_watch.hpp"
#include "daemon/objects/connection.hpp"
#include "daemon/objects/objects.hpp"
#include "daemon/store/file_store.hpp"
#include "daemon/systemd/control.hpp"
#include "daemon/systemd/watcher.hpp"

namespace nova {

/// novahostd while it serves: its parts in the order in which they need each other, and what connects them.
/// The name on the bus comes last, with the first complete list of units: who finds us finds everything.
class Daemon {
 public:
  /// What has to be there before.
  struct Ground {
    sd_event* loop;
    objects::Connection& connection;
    store::FileStore& store;
    const HostConfig& config;
    std::filesystem::path state;  ///< directory
    const Journal& journal;
  };

  Daemon(Ground ground, HostInfo info, host::Saved saved);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Begins to watch systemd and hears SIGTERM, SIGINT and SIGHUP from now on.
  Result<void> start();

 private:
  void units_seen(const std::vector<host::FoundUnit>& units);
  Result<void> go_public();
  void join_zone();
  void watch_journal();
  void before_sync();
  void zone_changed(const federation::LinkState& state);
  void stop();
  void tear_down();
  static int on_signal(sd_event_source*, const struct signalfd_siginfo* signal, void* self);
  static int on_exit(sd_event_source*, void* self);

  Ground ground_;
  Later later_;
  std::unique_ptr<ClockSync> clock_;
  host::UnitNames names_;
  std::unique_ptr<systemd::Watcher> watcher_;
  std::unique_ptr<systemd::Control> control_;
  host::Agent agent_;
  std::optional<ActionJournal> actions_;
  std::optional<DenialJournal> denials_;
  std::optional<Ticker> ticker_;
  std::optional<host::PausedTargets> targets_;
  std::optional<objects::Objects> objects_;
  std::optional<federation::Identity> identity_;
  std::unique_ptr<journal_reader::Reader> journal_reader_;
  std::optional<JournalWatch> journal_watch_;
  std::unique_ptr<federation::Link> link_;
  objects::ZoneView zone_;
  std::vector<sd_event_source*> sources_;
  bool stopping_ = false;
};

}  // namespace nova
