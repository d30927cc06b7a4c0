// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rest/protocol/bounds.hpp"
#include "rest/protocol/messages.hpp"
#include "rest/zone/host.hpp"
#include "rest/zone/records.hpp"
#include "rest/zone/snapshot.hpp"
#include "rest/zone/timing.hpp"

namespace nova::zone {

/// Something for the journal.
struct Note {
  enum class What {
    host_new,
    host_up,
    host_lost,
    host_left,
    host_conflict,
    host_renamed,
    host_removed,
    hold_added,
    hold_released,
    hold_refused,   ///< known with other contents, or not for this host to claim
    hold_stale,     ///< too old to be believed
    hold_returned,  ///< a record of the REST door that this store may have forgotten, at its host's word
    action_ended,
    report_shortened,  ///< a newer host says what this zone has no words for
    action_unknown,    ///< a host tells how a command of this zone ended, of which the zone knows nothing
    action_refused,    ///< not for this host to claim
    report_refused,
    store_failed,
    override_used,
  };
  What what;
  Uuid host;
  std::optional<Uuid> subject;  ///< the hold or the action
  std::string text;             ///< a sentence
};

/// What a step did, for the shell to pass on. Nothing in here is lost by a crash: it is durable already, or
/// comes about again.
struct Effect {
  std::vector<Uuid> stale_facts;      ///< hosts whose record in the store should be saved at some time
  std::vector<Uuid> ring;             ///< hosts for which there is news: their doorbells
  std::vector<ActionRecord> unsaved;  ///< actions that ended; to be saved at some time
  std::vector<Uuid> finished;         ///< every action that is final now, unsaved ones included
  std::vector<Note> notes;
};

/// A step that was decided and not done: make `durable` durable, then apply() the plan. Plans about different
/// hosts may be applied in any order; between the two calls no other plan of the same host may be made,
/// except one whose `durable` is empty.
struct SyncPlan {
  const protocol::SyncRequest* request = nullptr;  ///< must outlive the plan
  Durable durable;
  HoldSync::Plan holds;
  std::vector<Uuid> acknowledged_actions;
  std::vector<Uuid> at_hosts_word;  ///< holds of whose records the store may have forgotten one
  std::vector<Note> notes;          ///< of records that were left out
};
struct ActPlan {
  Uuid host;
  Action action;
  Durable durable;
  std::vector<Uuid> waits_for;  ///< holds whose record the host has to have
  bool joined = false;          ///< `action` is an earlier one, which waits for the same
};
struct RemovalPlan {
  Uuid host;
  std::string actor;
  Durable durable;
};
struct TickPlan {
  Durable durable;
  std::vector<Uuid> hosts;  ///< that it is about
};

/// The core of a zone: its hosts, their holds, what was asked of them. Reports, requests and the time go in;
/// what changed, what has to be durable and what to answer come out. It performs nothing, and does the same
/// for the same input: ids, jitter and both clocks are arguments. One thread at a time.
class Zone {
 public:
  struct Settings {
    std::string name;
    std::size_t max_services = protocol::max_services;  ///< of one host
    std::size_t max_commands = 100;                     ///< of one host, without result
    std::size_t max_pending = 1000;  ///< of one host, with PAUSE and RESUME that it has not heard of
    std::size_t max_weight = HoldSet::max_weight;  ///< of one host's holds, with which one may be added
  };

  /// @param incarnation new at every start
  Zone(Settings settings, Uuid incarnation, const Memory& memory, const Now& started);

  /// Actions named in a report that the zone has no unfinished record of: the store should be asked for them.
  std::vector<Uuid> unknown_actions(const protocol::SyncRequest& request) const;
  /// Checks a report and decides what of it is new. A report that contradicts itself or another host is
  /// refused by name and changes nothing (except that a conflict is remembered); single records that a host
  /// may not claim are left out.
  /// @param recorded those of unknown_actions() that the store has
  Result<SyncPlan> plan_sync(const protocol::SyncRequest& request, const Now& now,
                             const std::vector<ActionRecord>& recorded = {});
  /// @param jitter 0 to 1, random
  std::pair<protocol::SyncAnswer, Effect> apply(SyncPlan plan, const Now& now, double jitter);
  /// Instead of apply(), where the plan could not be made durable: the host is heard and its facts count, but
  /// nothing is acknowledged. A full disk of ours must not make live hosts look lost.
  Effect hear_only(const SyncPlan& plan, const Now& now);

  /// What reports that were refused have brought to light, once.
  std::vector<Note> take_notes() { return std::exchange(notes_, {}); }

  /// Decides what an administrator asks. PAUSE and RESUME work on lost hosts too, commands are refused there.
  /// @param action fresh id of the action  @param hold fresh id of the hold that may be made
  Result<ActPlan> plan_act(const ActionRequest& request, const Uuid& action, const Uuid& hold,
                           const Now& now) const;
  Effect apply(ActPlan plan, const Now& now);

  /// Removes a host for good: its services and commands. Its holds are kept for the day on which it is
  /// enrolled again: what it still has on its disk must be known here then.
  Result<RemovalPlan> plan_removal(const Uuid& host, const Caller& caller, const Now& now) const;
  Effect apply(RemovalPlan plan);

  /// What the time alone brings: `until`s that passed, commands whose deadline passed. Lost hosts come with
  /// apply(). To be called at next_tick(), and at least every second while the clock is not synchronised.
  TickPlan plan_tick(const Now& now) const;
  Effect apply(TickPlan plan, const Now& now);
  /// Hosts of which too little was heard, alone: nothing of it has to be durable.
  Effect lose_silent(const Now& now);
  /// The zone itself did not listen for so long (it was stopped, or its machine was): that is no silence of
  /// its hosts.
  void forgive(Millis deaf, const Now& now);
  /// When the next plan_tick() may have something to do.
  BootTime next_tick(const Now& now) const;
  /// The same for one host: after it was asked for something, without looking at all the others.
  static BootTime next_tick(const Now& now, const Host& host);

  /// When each host that is up was heard last. The store may have an earlier moment: a heartbeat is no
  /// change.
  std::vector<std::pair<Uuid, WallTime>> last_heard() const;

  /// Whether anything changed since the last snapshot().
  bool changed() const { return changes_count() || !quietly_changed_.empty(); }
  /// The zone as it is now: the former snapshot where nothing changed.
  std::shared_ptr<const Snapshot> snapshot(const Now& now);

  const Uuid& incarnation() const { return incarnation_; }
  std::size_t size() const { return hosts_.size(); }
  const Host* find(const Uuid& host) const;
  /// The host that a service belongs to.
  const Host* host_of(const Uuid& service) const;
  /// An action that has not ended, or nothing.
  const Action* unfinished(const Uuid& action) const;

  /// How long a command that was fetched may take after its deadline until its result is given up: systemd's
  /// own longest job by default (90 s), and a sync.
  static constexpr Millis result_grace{std::chrono::minutes{2}};

 private:
  using Checked = Result<void>;

  // zone_claims.cpp: what a report may claim, given what the zone knows. Who speaks decides over the whole
  // report; a record that cannot be believed is left out alone, with a note: a host that came from another
  // zone, or was removed and enrolled again, must not be shut out for what it has on its disk.
  Checked check_identity(const protocol::SyncRequest& report);
  /// Why a record is not believed, or "".
  std::string unbelievable(const Hold& hold, const protocol::SyncRequest& report, const HoldSet& ours) const;
  std::string unbelievable(const Release& release, const Hold* hold, const HoldSet& ours,
                           const Now& now) const;
  std::string unbelievable(const Action& action, const protocol::SyncRequest& report,
                           const std::vector<ActionRecord>& recorded) const;
  HoldDelta believed(const protocol::SyncRequest& report, const HoldSync& sync, const Now& now,
                     std::vector<Note>& notes) const;
  static std::vector<Uuid> unverified(const HoldDelta& fresh, const HoldSet& ours, const Now& now);
  bool is_theirs(const Uuid& service, const protocol::SyncRequest& report) const;
  bool may_be_forgotten(WallTime recorded) const;
  Checked check_voice(const protocol::SyncRequest& report, const Now& now);

  // zone_act.cpp
  Result<void> check_room(const Host& host, bool command) const;

  // zone_sync.cpp
  void plan_results(const protocol::SyncRequest& report, const std::vector<ActionRecord>& recorded,
                    const Now& now, SyncPlan& plan) const;
  void plan_commands(const Host& host, const Now& now, Durable& durable) const;
  Host& meet(const protocol::SyncRequest& report, const Now& now, Effect& effect);
  void take_facts(Host& host, const protocol::SyncRequest& report, const Now& now, Effect& effect);
  void take_pulse(Host& host, const protocol::SyncRequest& report, const Now& now);
  void take_holds(Host& host, SyncPlan& plan, Effect& effect);
  static void note_left_out(Host& host, const protocol::SyncRequest& report, Effect& effect);
  void confirm(Host& host, const Now& now, Effect& effect);
  protocol::SyncAnswer answer(Host& host, const SyncPlan& plan, const Now& now, double jitter);

  // zone.cpp
  Host& add_host(const Uuid& id, const std::string& name);
  HoldSync former_holds(const Uuid& id) const;
  void rename(Host& host, const std::string& name);
  void load(const HostRecord& record);
  void settle(const std::vector<ActionRecord>& actions, Effect& effect);
  void index_services(const Host& host, const std::vector<StoredService>& former);
  /// "" of a host that is not there any more.
  std::string name_of(const Uuid& host) const;
  void note_records(const Uuid& host, const HoldDelta& delta, Effect& effect) const;
  void regroup(Snapshot& next) const;
  void renew_views(const Now& now);
  bool changes_count() const { return !changed_.empty() || regrouped_; }

  Settings settings_;
  Uuid incarnation_;
  WallTime born_;
  std::vector<std::pair<WallTime, WallTime>> forgotten_;
  std::unordered_map<Uuid, std::unique_ptr<Host>> hosts_;
  std::unordered_map<Uuid, HoldDelta> former_holds_;  // of hosts that were removed
  std::unordered_map<std::string, Uuid> names_;       // as certificates have them
  std::unordered_map<std::string, Uuid> nova_names_;  // as Nova has them
  std::unordered_map<Uuid, Uuid> service_hosts_;
  std::unordered_map<Uuid, Uuid> pending_hosts_;  // by action

  std::vector<Note> notes_;
  std::set<Uuid> changed_;          // hosts whose view is to be made again
  std::set<Uuid> quietly_changed_;  // likewise, though nothing changed that a collection shows
  bool regrouped_ = true;           // hosts or services came or went: the index is to be made again
  std::uint64_t generation_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace nova::zone
