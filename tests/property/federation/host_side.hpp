// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/federation/exchange.hpp"
#include "daemon/host/agent.hpp"
#include "tests/property/federation/crash.hpp"
#include "tests/property/federation/ledger.hpp"

namespace nova::federation::property {

/// A disk whose writes are atomic and durable at their return, that can be full, and during whose writes the
/// process can die.
class HostDisk final : public host::HoldStore {
 public:
  Result<host::Saved> load() override { return saved; }
  Result<void> save(const host::Saved& state) override;
  Result<void> archive(const HoldDelta& pairs) override;
  const HoldDelta& archived() const override { return archived_; }

  host::Saved saved;
  Fault fault = Fault::none;

 private:
  HoldDelta archived_;
};

/// A systemd that performs what it is told, later; it looks at the deadline right before, as the real one.
class Units final : public host::UnitControl {
 public:
  explicit Units(const Now& now) : now_(now) {}
  void perform(const host::UnitJob& job, Done done) override {
    waiting.push_back({job.deadline, std::move(done)});
  }
  void thaw(const std::string&, Done done) override { waiting.push_back({BootTime::max(), std::move(done)}); }
  void active_targets(std::function<void(Result<std::vector<std::string>>)>) override {}
  void set_target(const std::string&, bool, Done) override {}
  /// The oldest job is done, or its deadline has passed.
  void finish();

  struct Waiting {
    BootTime deadline;
    Done done;
  };
  std::vector<Waiting> waiting;

 private:
  const Now& now_;
};

/// novahostd's real agent and exchange over that disk.
class HostSide final : public host::Listener {
 public:
  HostSide(Uuid id, std::size_t max_weight, const Now& now, Ledger& ledger, std::function<Uuid()> fresh);

  /// The daemon starts (again) from its disk.
  void start();
  /// Its process is gone; memory, and requests under way, with it.
  void crash();
  /// Another database takes the place of the one on the disk; the daemon is started anew.
  void restore(host::Saved saved);

  Result<void> pause(const Uuid& service, const std::string& who, std::optional<WallTime> until);
  Result<void> resume(const Uuid& service, const std::string& who, bool may_override);
  void tick();
  /// What systemd lists from now on.
  void observe(int services, int state);
  /// A request as bytes; the one before is given up.
  std::string send();
  /// An answer arrives. @return whether it was the one waited for
  bool receive(std::string_view body);

  const host::Agent& agent() const { return *agent_; }
  /// The first is always there; the second comes and goes.
  Uuid compute(bool second) const { return service_id(id_, "nova-compute", second ? "ironic" : ""); }
  const HoldDelta& disk_holds() const { return disk.saved.holds; }

  void changed(const host::Changes&) override {}
  void acted(const Action& action) override;

  HostDisk disk;
  Units units;
  std::map<Uuid, int> begun;  ///< how often each of the zone's commands was begun, while one disk remembered
  std::set<Uuid> done;        ///< those that systemd carried out, by what the disk remembers
  std::map<Uuid, BootTime> done_at;  ///< when it did, by this host's clock

 private:
  HoldDelta since(const HoldDelta& before) const;

  Uuid id_;
  std::size_t max_weight_;
  const Now& now_;
  Ledger& ledger_;
  std::function<Uuid()> fresh_;
  std::vector<host::FoundUnit> found_;
  std::unique_ptr<host::Agent> agent_;
  std::unique_ptr<Exchange> exchange_;
  BootTime sent_{};
};

}  // namespace nova::federation::property
