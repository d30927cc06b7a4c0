// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/host/action_log.hpp"
#include "daemon/host/hold_store.hpp"
#include "daemon/host/host.hpp"
#include "daemon/host/unit_control.hpp"

namespace nova::host {

/// Port: hears what happened, after it is durable. The bus objects, the journal, the paused targets and the
/// exchange with the zone each are one. They must not call the agent from inside.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void changed(const Changes& changes) = 0;
  /// An action came to its end, was begun (outcome running), or waits for the scheduler (accepted).
  virtual void acted(const Action& action) = 0;
  /// A hold ended by itself: nobody did anything. @param remaining what still holds its service
  virtual void expired(const Hold& /*hold*/, const std::vector<Hold>& /*remaining*/) {}
};

/// START, STOP, RESTART or SUSPEND as a door hands it over.
struct CommandRequest {
  Uuid id;  ///< of the action; the same id is never run twice
  Uuid service;
  Verb verb = Verb::start;
  Caller caller;
  std::string reason;
  BootTime deadline;
  bool force = false;  ///< do not wait for the scheduler's enforcement
};

struct PauseAnswer {
  Hold hold;  ///< in force now
  bool changed = false;
  bool used_override = false;
};

struct ResumeAnswer {
  std::vector<Hold> released;
  std::vector<Hold> remaining;  ///< what still holds the service
  bool changed = false;
  bool used_override = false;
  bool thawing = false;  ///< the unit was frozen and is being thawed
  std::string note;      ///< what RESUME does not do ("the unit is inactive; …"), or ""
};

/// What became of records that came from the zone.
struct MergeAnswer {
  std::vector<Uuid> contradicting;  ///< refused: known here with other contents
  std::vector<Hold> stale;          ///< not applied: older than the retention and unknown here
  std::vector<Uuid> invalid;        ///< refused: no hold can look like that
};

/// The host's service, free of any transport: every door (the bus, a unit, the zone) calls it, and it alone
/// changes the Host. A change is saved first, then applied, then told to the listeners; where saving fails
/// nothing has changed and the answer is Errc::storage_failed. Time is an argument. One thread.
class Agent {
 public:
  struct Settings {
    bool require_reason = false;
    /// A zone writes the release of a hold whose `until` passed, and is told what was done here.
    bool has_zone = false;
    std::size_t max_weight = HoldSet::max_weight;  ///< with which a PAUSE may still add a hold
  };
  struct Ports {
    HoldStore& store;
    UnitControl& control;
    std::function<Uuid()> new_id;  ///< fresh random ids (nova::random_uuid)
    std::function<Now()> now;      ///< for what ends in a callback of the control
  };
  using Done = std::function<void(const Result<Action>&)>;

  /// @param saved what the store loaded. Commands that were begun and have no result become indeterminate;
  /// they are never run again.
  Agent(Uuid host, HostInfo info, Saved saved, Settings settings, Ports ports);

  /// Adds a listener; it stays until the agent's end, or until remove().
  void add(Listener& listener);
  void remove(Listener& listener);
  const Host& host() const { return host_; }
  const Settings& settings() const { return settings_; }

  /// PAUSE. The form of reason, owner and until is checked here too, so that no door can forget it.
  Result<PauseAnswer> pause(PauseRequest request, const Now& now);
  /// RESUME. @param may_start the caller may START, so a frozen unit is thawed when no hold remains
  Result<ResumeAnswer> resume(ResumeRequest request, bool may_start, const Now& now);
  /// Runs a command at most once. `done` gets the action when systemd's job has ended well, or the error:
  /// Errc::job_failed where it ended otherwise, Errc::indeterminate where its end cannot be known, any other
  /// where nothing was done. It may be called from inside.
  void run(const CommandRequest& request, const Now& now, Done done);
  /// A command that the zone's answer carried. Its result reaches the zone as an action.
  /// @param sync_sent when the sync was sent whose answer this is
  void run(const Command& command, BootTime sync_sent, const Now& now);

  /// The complete list of units (UnitsWatcher). The first one makes the commands known to the listeners that
  /// the end of an earlier daemon interrupted.
  void observe(const std::vector<FoundUnit>& units, const Now& now);
  /// What of the host's facts moves; no reader is told of it.
  void observe_self(double load1, WallTime boot_time) { host_.observe_self(load1, boot_time); }
  /// The zone's word on its enforcements.
  void observe_enforcement(const Uuid& service, const std::vector<Enforcement>& enforcement, const Now& now);
  /// Holds and releases from the zone.
  Result<MergeAnswer> merge(const HoldDelta& incoming, const Now& now);
  /// Both sides are equal: pairs released before `cutoff` leave the set for the history, but none before its
  /// retention by this host's own clock, and none while that clock is not synchronised: the zone's may be
  /// wrong.
  Result<void> prune(WallTime cutoff, const Now& now);

  /// Ends holds whose `until` has passed, gives up commands that waited past their deadline. Call it at
  /// next_tick(), and when the clock was set or became synchronised.
  Result<void> tick(const Now& now);
  /// When tick() has something to do: by the wall clock for holds, by the boot clock for waiting commands.
  struct Next {
    std::optional<WallTime> until;
    std::optional<BootTime> deadline;
  };
  Next next_tick() const;

  /// What the zone has not acknowledged yet, oldest first, at most ActionLog::max_actions; running ones
  /// included.
  const std::vector<Action>& unreported() const { return log_.actions(); }
  Result<void> acknowledge(const std::vector<Uuid>& actions);
  /// The holds of a service that have ended, with their release, newest first, at most `limit`.
  std::vector<std::pair<Hold, Release>> history(const Uuid& service, std::size_t limit) const;

  static constexpr std::size_t max_waiting = 256;  ///< commands that wait for Nova's scheduler

 private:
  struct Waiting {
    CommandRequest request;
    Done done;
  };

  const Service* find_fit(Verb verb, const Uuid& service, std::optional<Error>& why) const;
  Result<void> save(const HoldSet& holds, const ActionLog& log);
  /// Saves, then applies, then tells.
  Result<void> commit(const HoldDelta& delta, const std::optional<Action>& action);
  void thaw_after_resume(const ResumeRequest& request, const std::string& unit);
  Result<void> check(const CommandRequest& request, const Now& now) const;
  bool must_wait(const CommandRequest& request) const;
  void wait(const CommandRequest& request, const Now& now, Done done);
  void review_waiting(const Now& now);
  void perform(const CommandRequest& request, const Now& now, const Done& done);
  void ended(Action action, const Result<void>& result, const Done& done);
  void refuse(const CommandRequest& request, const Error& why, const Now& now, const Done& done);
  void keep(const Action& action);
  void tell_expired(const Hold& hold);
  bool knows(const Uuid& action) const;
  void publish(const Changes& changes);
  void tell(const Action& action);

  Host host_;
  Settings settings_;
  Ports ports_;
  std::vector<Action> interrupted_;  // until the listeners have heard of them
  ActionLog log_;
  std::list<Waiting> waiting_;
  std::vector<Listener*> listeners_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // callbacks look whether the agent is still there
};

}  // namespace nova::host
