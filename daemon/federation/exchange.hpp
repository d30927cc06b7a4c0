// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/host/agent.hpp"
#include "daemon/host/journal_excerpts.hpp"
#include "rest/protocol/messages.hpp"

namespace nova::federation {

/// What an answer of the zone asks for next.
struct AfterAnswer {
  bool again_now = false;  ///< something is missing on either side: sync at once
  Millis interval{1000};   ///< otherwise after this time
  /// What is odd and stays odd until somebody looks: holds that the two sides know with different contents,
  /// or that could not be made durable here. For the journal; empty mostly.
  std::string trouble;
};

/// The host's part of the exchange with its zone, without any transport: what the next sync has to say, and
/// what follows from an answer. It changes the host only through the agent, like any other door. A lost,
/// repeated or misdelivered message costs time and nothing else: facts are counted by sequence, holds
/// compared by digest, commands known by id.
///
/// One thread; at most one sync is under way.
class Exchange final : public host::Listener {
 public:
  /// @param agent has to outlive this
  /// @param incarnation a fresh random id: this start of the daemon
  /// @param excerpts of the journal, to be told to the zone; has to outlive this; may be null
  Exchange(host::Agent& agent, const Uuid& incarnation, const host::JournalExcerpts* excerpts = nullptr);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The next sync. @param nonce a fresh random id @param leaving a planned stop: absence follows
  protocol::SyncRequest request(const Uuid& nonce, bool leaving = false);
  /// Takes the answer to the last request.
  /// @param sent when that request was sent, on the boot clock: deadlines of commands count from there
  /// @return Errc::conflict for an answer that is not for this host or not to the last request (nothing is
  /// done with it)
  Result<AfterAnswer> answered(const protocol::SyncAnswer& answer, BootTime sent, const Now& now);

  /// True where the zone does not know everything that happened here: sync at once.
  bool has_news() const;
  /// The zone's revision that this host has acted on, for the doorbell.
  std::uint64_t revision() const { return revision_; }
  /// The name of the zone as it last said it; "" before.
  const std::string& zone_name() const { return zone_name_; }

  void changed(const host::Changes& changes) override;
  void acted(const Action& action) override;

 private:
  /// What the last request said, to be compared with the answer.
  struct Sent {
    Uuid nonce;
    std::uint64_t base = 0;
    std::uint64_t sequence = 0;
    protocol::HoldExchange holds;
    std::vector<Action> actions;
    std::uint64_t news = 0;
    std::optional<HostInfo> info;
    std::uint64_t excerpts = 0;  // up to this version
    std::optional<ExcerptPeriod> period;
  };

  void put_facts(protocol::SyncRequest& request) const;
  std::uint64_t put_journal(protocol::SyncRequest& request) const;
  bool has_excerpts() const { return excerpts_ && excerpts_->version() != told_excerpts_; }
  protocol::HoldExchange hold_exchange() const;
  void remember_reported();
  bool take_facts(const protocol::SyncAnswer& answer);
  bool take_holds(const protocol::SyncAnswer& answer, const Now& now, std::string& trouble);
  void take_commands(const protocol::SyncAnswer& answer, BootTime sent, const Now& now);
  Result<void> take_acknowledgements(const protocol::SyncAnswer& answer);

  host::Agent& agent_;
  const host::JournalExcerpts* excerpts_;
  Uuid incarnation_;
  std::optional<Uuid> zone_;
  std::string zone_name_;
  std::uint64_t revision_ = 0;

  std::uint64_t sequence_ = 1;             // of the newest fact; 0 is "nothing", for the base
  std::uint64_t acknowledged_ = 0;         // what the zone has; 0: send everything
  std::map<Uuid, std::uint64_t> touched_;  // services by the sequence of their last change
  std::map<Uuid, std::uint64_t> removed_;
  std::optional<HostInfo> told_info_;  // what the zone has
  std::uint64_t told_excerpts_ = 0;    // their version that the zone has
  std::optional<ExcerptPeriod> told_period_;

  // What the zone has heard this host say, so that it knows what this host has; records that came from the
  // zone are told back once.
  std::set<Uuid> reported_holds_;
  std::map<Uuid, Release> reported_releases_;
  std::string reported_digest_;
  bool everything_next_ = true;  // of the holds

  std::uint64_t news_ = 1;  // counts what happened; told_ is what the zone has heard of
  std::uint64_t told_ = 0;
  std::optional<Sent> sent_;
};

}  // namespace nova::federation
