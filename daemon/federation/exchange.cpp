// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/exchange.hpp"

#include <algorithm>

namespace nova::federation {
namespace {

constexpr Millis shortest_interval{100};  // whatever a zone says: it shall not drive its hosts

std::string list(const std::vector<Uuid>& ids) {
  std::string text;
  for (const Uuid& id : ids) text += (text.empty() ? "" : ", ") + to_string(id);
  return text;
}

void append(std::string& trouble, const std::string& more) {
  if (!trouble.empty()) trouble += "; ";
  trouble += more;
}

/// The load moves always and travels by itself.
bool same_but_load(HostInfo one, const HostInfo& other) {
  one.load1 = other.load1;
  return one == other;
}

std::size_t size_of(const JournalExcerpt& entries) {
  std::size_t size = 128;  // what stands around them
  for (const JournalEntry& entry : entries) size += 128 + entry.identifier.size() + entry.message.size();
  return size;
}

/// What a person should know of holds that were not taken.
void explain(const host::MergeAnswer& merge, std::string& trouble) {
  if (!merge.contradicting.empty())
    append(trouble, "the zone knows holds with other contents than this host: " + list(merge.contradicting));
  if (!merge.invalid.empty()) append(trouble, "the zone sent holds that cannot be: " + list(merge.invalid));
  for (const Hold& hold : merge.stale)
    append(trouble, "the zone sent a hold too old to be believed: " + to_string(hold.id));
}

}  // namespace

Exchange::Exchange(host::Agent& agent, const Uuid& incarnation, const host::JournalExcerpts* excerpts)
    : agent_(agent), excerpts_(excerpts), incarnation_(incarnation) {
  agent_.add(*this);
}

Exchange::~Exchange() {
  agent_.remove(*this);
}

void Exchange::changed(const host::Changes& changes) {
  for (const host::Change& change : changes) {
    const bool gone = change.what == host::Change::What::removed;
    // What changed of a pause are holds, which have a digest of their own, or came from the zone.
    if (!gone && !change.unit && change.what != host::Change::What::added) continue;
    ++news_;
    (gone ? touched_ : removed_).erase(change.service);
    (gone ? removed_ : touched_)[change.service] = ++sequence_;
  }
}

void Exchange::acted(const Action&) {
  ++news_;
}

bool Exchange::has_news() const {
  return news_ != told_ || agent_.host().holds().digest() != reported_digest_ || has_excerpts();
}

void Exchange::put_facts(protocol::SyncRequest& request) const {
  request.base = acknowledged_;
  request.sequence = sequence_;
  if (acknowledged_ == 0) {
    request.info = agent_.host().info();
    for (const auto& [id, service] : agent_.host().services()) request.services.push_back(service.facts);
    return;
  }
  if (!told_info_ || !same_but_load(*told_info_, agent_.host().info())) request.info = agent_.host().info();
  for (const auto& [id, at] : touched_)
    if (at > acknowledged_)
      if (const auto* service = agent_.host().find(id)) request.services.push_back(service->facts);
  for (const auto& [id, at] : removed_)
    if (at > acknowledged_) request.removed.push_back(id);
}

/// Excerpts that the zone lacks, as many as fit. @return up to which version it knows them then
std::uint64_t Exchange::put_journal(protocol::SyncRequest& request) const {
  if (!excerpts_ || !excerpts_->period()) return 0;
  const std::uint64_t known = acknowledged_ == 0 ? 0 : told_excerpts_;
  std::vector<std::pair<std::uint64_t, Uuid>> lacking;
  for (const auto& [service, kept] : excerpts_->kept())
    if (kept.version > known) lacking.emplace_back(kept.version, service);
  std::ranges::sort(lacking);
  protocol::JournalReport report;
  std::uint64_t told = known;
  std::size_t size = 0;
  for (const auto& [version, service] : lacking) {
    const JournalExcerpt& entries = excerpts_->kept().at(service).entries;
    size += size_of(entries);
    if (size > protocol::max_journal && !report.services.empty()) break;
    report.services.push_back({service, entries});
    told = version;
  }
  const bool all = report.services.size() == lacking.size();
  if (all) told = excerpts_->version();
  if (all && (acknowledged_ == 0 || excerpts_->period() != told_period_)) report.period = excerpts_->period();
  if (report != protocol::JournalReport{}) request.journal = std::move(report);
  return told;
}

protocol::HoldExchange Exchange::hold_exchange() const {
  protocol::HoldExchange exchange;
  exchange.digest = agent_.host().holds().digest();
  exchange.complete = everything_next_;
  if (!everything_next_ && exchange.digest == reported_digest_) return exchange;
  exchange.delta = agent_.host().holds().everything();
  if (everything_next_) return exchange;
  std::erase_if(exchange.delta.adds, [&](const Hold& hold) { return reported_holds_.contains(hold.id); });
  std::erase_if(exchange.delta.releases, [&](const Release& release) {
    const auto known = reported_releases_.find(release.hold);
    return known != reported_releases_.end() && known->second == release;
  });
  return exchange;
}

protocol::SyncRequest Exchange::request(const Uuid& nonce, bool leaving) {
  protocol::SyncRequest request;
  request.host = agent_.host().id();
  request.name = agent_.host().info().name;
  request.incarnation = incarnation_;
  request.nonce = nonce;
  request.zone = zone_;
  request.revision = revision_;
  request.holds = hold_exchange();
  request.actions = agent_.unreported();
  request.leaving = leaving;
  request.load1 = agent_.host().info().load1;
  put_facts(request);
  const std::uint64_t excerpts = put_journal(request);
  sent_ = Sent{.nonce = nonce,
               .base = request.base,
               .sequence = request.sequence,
               .holds = request.holds,
               .actions = request.actions,
               .news = news_,
               .info = request.info,
               .excerpts = excerpts,
               .period = request.journal ? request.journal->period : std::nullopt};
  return request;
}

bool Exchange::take_facts(const protocol::SyncAnswer& answer) {
  if (answer.send_all || answer.acknowledged > sent_->sequence) {
    acknowledged_ = 0;
    return sent_->base != 0;  // where everything was sent already, at once would be no better
  }
  acknowledged_ = answer.acknowledged;
  std::erase_if(touched_, [&](const auto& entry) { return entry.second <= acknowledged_; });
  std::erase_if(removed_, [&](const auto& entry) { return entry.second <= acknowledged_; });
  if (sent_->info) told_info_ = sent_->info;
  if (sent_->base == 0 || sent_->period) told_period_ = sent_->period;
  return false;
}

void Exchange::remember_reported() {
  if (sent_->holds.complete) {
    reported_holds_.clear();
    reported_releases_.clear();
  }
  for (const Hold& hold : sent_->holds.delta.adds) reported_holds_.insert(hold.id);
  for (const Release& release : sent_->holds.delta.releases) reported_releases_[release.hold] = release;
  reported_digest_ = sent_->holds.digest;
  const HoldSet& holds = agent_.host().holds();
  std::erase_if(reported_holds_, [&](const Uuid& id) { return !holds.find(id); });
  std::erase_if(reported_releases_, [&](const auto& entry) { return !holds.release_of(entry.first); });
}

bool Exchange::take_holds(const protocol::SyncAnswer& answer, const Now& now, std::string& trouble) {
  const bool quiet = agent_.host().holds().digest() == sent_->holds.digest;  // nothing happened meanwhile
  remember_reported();
  const auto merge = agent_.merge(answer.holds.delta, now);
  if (!merge) {
    append(trouble, "cannot keep the zone's holds: " + merge.error().message);
    return false;
  }
  explain(*merge, trouble);
  bool equal = agent_.host().holds().digest() == answer.holds.digest;
  if (answer.prune_before && !answer.send_all_holds) {
    if (const auto pruned = agent_.prune(*answer.prune_before, now); !pruned)
      append(trouble, "cannot move old holds to the history: " + pruned.error().message);
    // The zone may have dropped its pairs already, or wait until it sees that this host has.
    equal = equal || agent_.host().holds().digest() == answer.holds.digest;
  }
  everything_next_ = answer.send_all_holds || (quiet && !equal);
  if (everything_next_) return !sent_->holds.complete;  // everything was said already: no use in haste
  return false;  // what came from the zone changed the digest: has_news() tells it that this is durable
}

void Exchange::take_commands(const protocol::SyncAnswer& answer, BootTime sent, const Now& now) {
  for (const protocol::ServiceEnforcement& service : answer.enforcement)
    agent_.observe_enforcement(service.service, service.enforcement, now);
  for (const Command& command : answer.commands) agent_.run(command, sent, now);
}

Result<void> Exchange::take_acknowledgements(const protocol::SyncAnswer& answer) {
  std::vector<Uuid> unchanged;
  for (const Uuid& id : answer.acknowledged_actions) {
    // What ended while the sync was under way has not been told yet.
    const auto told = std::ranges::find(sent_->actions, id, &Action::id);
    const auto current = std::ranges::find(agent_.unreported(), id, &Action::id);
    const bool same =
        told != sent_->actions.end() && current != agent_.unreported().end() && *told == *current;
    if (same) unchanged.push_back(id);
  }
  return agent_.acknowledge(unchanged);
}

Result<AfterAnswer> Exchange::answered(const protocol::SyncAnswer& answer, BootTime sent, const Now& now) {
  if (!sent_ || answer.host != agent_.host().id() || answer.nonce != sent_->nonce)
    return fail(Errc::conflict, "cannot use an answer that was made for another request", "nonce");
  AfterAnswer after{.interval = std::max(answer.interval, shortest_interval)};
  for (const std::string& what : answer.left_out)
    append(after.trouble, "the zone is newer and said what this host has no words for: " + what);
  zone_ = answer.zone;
  zone_name_ = answer.zone_name;
  told_ = sent_->news;
  told_excerpts_ = sent_->excerpts;  // a zone that lacks the facts is told of all of them again
  if (const auto done = take_acknowledgements(answer); !done)
    append(after.trouble, "cannot note what the zone has heard: " + done.error().message);
  const bool facts_again = take_facts(answer);
  const bool holds_again = take_holds(answer, now, after.trouble);
  take_commands(answer, sent, now);
  revision_ = answer.revision;
  after.again_now = facts_again || holds_again || has_news();
  sent_.reset();
  return after;
}

}  // namespace nova::federation
