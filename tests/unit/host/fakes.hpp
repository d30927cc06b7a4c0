// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/host/agent.hpp"

namespace nova::host {

/// A disk in memory that can be full.
class FakeHoldStore final : public HoldStore {
 public:
  Result<Saved> load() override { return disk_; }
  Result<void> save(const Saved& state) override {
    if (full) return fail(Errc::storage_failed, "cannot write holds.json: no space left on device");
    disk_ = state;
    ++saves;
    return {};
  }
  Result<void> archive(const HoldDelta& pairs) override {
    if (full) return fail(Errc::storage_failed, "cannot write history.json: no space left on device");
    for (const Release& release : pairs.releases) {
      const auto hold = std::ranges::find(pairs.adds, release.hold, &Hold::id);
      const bool known =
          std::ranges::find(archive_.releases, release.hold, &Release::hold) != archive_.releases.end();
      if (hold == pairs.adds.end() || known) continue;
      archive_.adds.push_back(*hold);
      archive_.releases.push_back(release);
    }
    bound();
    return {};
  }
  const HoldDelta& archived() const override { return archive_; }

  bool full = false;
  int saves = 0;

 private:
  void bound() {
    std::ranges::stable_sort(archive_.releases, {}, &Release::at);
    while (archive_.releases.size() > archive_size) {
      std::erase_if(archive_.adds, [&](const Hold& h) { return h.id == archive_.releases.front().hold; });
      archive_.releases.erase(archive_.releases.begin());
    }
  }

  Saved disk_;
  HoldDelta archive_;
};

/// A systemd that does what the test tells it, when the test tells it.
class FakeUnitControl final : public UnitControl {
 public:
  void perform(const UnitJob& job, Done done) override {
    log.push_back(std::string(to_string(job.verb)) + " " + job.unit);
    jobs.push_back(job);
    pending.push_back(std::move(done));
  }
  void thaw(const std::string& unit, Done done) override {
    log.push_back("thaw " + unit);
    pending.push_back(std::move(done));
  }
  void active_targets(std::function<void(Result<std::vector<std::string>>)> done) override {
    listing = std::move(done);
  }
  void set_target(const std::string& target, bool active, Done done) override {
    log.push_back((active ? "reach " : "leave ") + target);
    pending.push_back(std::move(done));
  }
  /// The oldest thing asked for has ended.
  void finish(const Result<void>& result = {}) {
    auto done = std::move(pending.front());
    pending.pop_front();
    done(result);
  }

  std::vector<std::string> log;
  std::vector<UnitJob> jobs;
  std::function<void(Result<std::vector<std::string>>)> listing;  ///< waits for the active targets
  std::deque<Done> pending;
};

/// Remembers what it was told.
class FakeListener final : public Listener {
 public:
  void changed(const Changes& changes) override { heard.insert(heard.end(), changes.begin(), changes.end()); }
  void acted(const Action& action) override { actions.push_back(action); }
  void expired(const Hold& hold, const std::vector<Hold>& remaining) override {
    ended.emplace_back(hold, remaining);
  }

  Changes heard;
  std::vector<Action> actions;
  std::vector<std::pair<Hold, std::vector<Hold>>> ended;  ///< by themselves, and what remained
};

}  // namespace nova::host
