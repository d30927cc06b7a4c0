// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "rest/writer/committer.hpp"
#include "rest/writer/waiters.hpp"
#include "rest/writer/zone_writer.hpp"

namespace nova::writer {

/// One mutex guards the zone. It is held for decisions only: while a step is brought to the disk others go on
/// (Committer), and the store is read without it.
class ZoneWriter final : public TimedWriter {
 public:
  ZoneWriter(Options options, store::Store& store, const zone::Memory& memory);
  ~ZoneWriter() override;

  std::shared_ptr<const zone::Snapshot> snapshot() const override;
  Result<Action> act(const ActionRequest& request) override;
  Result<Action> action(const Uuid& id) const override;
  Result<std::vector<Action>> actions(const Uuid& service, std::size_t limit,
                                      std::optional<Uuid> marker) const override;
  Result<protocol::SyncAnswer> sync(const protocol::SyncRequest& report) override;
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override;
  void when_final(const Uuid& action, std::function<void()> done) override;
  Result<void> remove_host(const Uuid& host, const Caller& caller) override;
  void drain() override;
  BootTime run() override;

 private:
  using Lock = Committer::Lock;

  /// What is left to do when the lock is released.
  struct After {
    Waiters::Calls calls;
    std::vector<zone::Note> notes;
  };
  /// What the store has of the actions in a report, and of which it was asked.
  struct Recorded {
    std::set<Uuid> asked;
    std::vector<zone::ActionRecord> found;
  };
  Result<void> look_up(Lock& lock, const protocol::SyncRequest& report, Recorded& recorded) const;
  Result<void> check_removed(const Uuid& host, BootTime came);
  std::unexpected<Error> refuse(Lock& lock, const Uuid& host, const Error& error);
  Committer::Hosts busy_of(const Uuid& host) const;
  After take_in(zone::Effect effect);
  void finish(Lock& lock, After after);
  std::unexpected<Error> complain(Lock& lock, const Error& error, After after = {});
  void expect(const Uuid& host, const Now& now);
  void publish();
  void publish_paced();
  std::optional<Action> remembered(const Uuid& id) const;

  // zone_writer_time.cpp
  void tick_when_due(Lock& lock);
  void lose_silent(Lock& lock);
  bool tick(Lock& lock);
  void save(Lock& lock, const Now& now);
  void forget(Lock& lock, const Now& now);
  void keep_time();

  Options options_;
  store::Store& store_;

  mutable std::mutex mutex_;
  zone::Zone zone_;
  Committer committer_;
  Waiters waiters_;
  bool drained_ = false;
  std::set<Uuid> unsaved_hosts_;
  std::map<Uuid, zone::ActionRecord> unsaved_actions_;
  BootTime next_publish_{};
  BootTime next_tick_{};
  BootTime next_save_{};
  BootTime next_forget_{};
  BootTime next_try_{};  // of what the time brings, after the store has failed
  bool publish_due_ = false;
  std::optional<BootTime> expected_;     // when run() is to be called next
  std::map<Uuid, std::string> refused_;  // why, by host
  std::map<Uuid, BootTime> removed_;     // since the start: a host that came again is known again

  mutable std::mutex reading_;  // for a pointer's copy only, never while anything is made
  std::shared_ptr<const zone::Snapshot> published_;

  std::condition_variable wake_;
  bool stopping_ = false;
  bool hurry_ = false;  // something has to be done earlier than the thread planned
  std::thread thread_;
};

}  // namespace nova::writer
