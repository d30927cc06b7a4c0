// SPDX-License-Identifier: Apache-2.0
// What happens to holds without a caller: the exchange with the zone, the end of their time, the history.
#include <algorithm>
#include <map>
#include <set>

#include "daemon/host/agent.hpp"

namespace nova::host {
namespace {

/// What the zone's records say that somebody did: for the journal.
Action told_by(const Hold& hold, const Release* release, const Uuid& id) {
  Action action{.id = id,
                .service = hold.service,
                .verb = release ? Verb::resume : Verb::pause,
                .actor = release ? release->actor : hold.actor,
                .door = release ? release->door : hold.door,
                .reason = release ? release->message : hold.reason,
                .requested = release ? release->at : hold.recorded,
                .finished = std::nullopt,
                .outcome = Outcome::succeeded,
                .message = "",
                .hold = hold.id,
                .changed = true,
                .used_override = false};
  action.finished = action.requested;
  return action;
}

/// The set may be an older one than the history beside it, put back from a backup or forgotten: what the
/// history says has ended does not come back as in force.
void add_known_ends(HoldDelta& incoming, const HoldSet& set, const HoldDelta& archived) {
  std::set<Uuid> unknown;
  for (const Hold& hold : incoming.adds)
    if (!set.find(hold.id)) unknown.insert(hold.id);
  if (unknown.empty()) return;
  for (const Release& release : archived.releases)
    if (unknown.contains(release.hold)) incoming.releases.push_back(release);
}

}  // namespace

Result<MergeAnswer> Agent::merge(const HoldDelta& incoming, const Now& now) {
  MergeAnswer answer;
  HoldDelta sound;
  sound.releases = incoming.releases;
  for (const Hold& hold : incoming.adds) {
    if (check_hold(hold))
      sound.adds.push_back(hold);
    else
      answer.invalid.push_back(hold.id);
  }
  add_known_ends(sound, host_.holds(), ports_.store.archived());
  auto merge = host_.holds().plan_merge(sound, now);
  answer.contradicting = std::move(merge.contradicting);
  answer.stale = std::move(merge.stale);
  if (merge.fresh.empty()) return answer;
  const auto lapsed = host_.holds().lapsed();
  if (auto done = commit(merge.fresh, std::nullopt); !done) return std::unexpected(done.error());
  for (const Hold& hold : merge.fresh.adds)
    if (!host_.holds().release_of(hold.id)) tell(told_by(hold, nullptr, ports_.new_id()));
  for (const Release& release : merge.fresh.releases) {
    const Hold* hold = host_.holds().find(release.hold);
    if (hold && release != expiry_of(*hold))
      tell(told_by(*hold, &release, ports_.new_id()));
    else if (hold && !lapsed.contains(hold->id))
      tell_expired(*hold);
  }
  return answer;
}

Result<void> Agent::prune(WallTime cutoff, const Now& now) {
  if (!now.synchronised) return {};
  const auto pairs = host_.holds().prunable(std::min(cutoff, now.wall - HoldSet::retention));
  if (pairs.empty()) return {};
  // First into the history, then out of the set: a crash in between leaves a pair in both, never in none.
  if (auto done = ports_.store.archive(pairs); !done) return done;
  HoldSet next = host_.holds();
  next.drop(pairs);
  if (auto done = save(next, log_); !done) return done;
  host_.drop(pairs);
  return {};
}

Result<void> Agent::tick(const Now& now) {
  review_waiting(now);
  std::vector<Hold> ended;
  for (const Hold& hold : host_.holds().due(now))
    if (!settings_.has_zone || !host_.holds().lapsed().contains(hold.id)) ended.push_back(hold);
  if (!ended.empty()) {
    std::vector<Uuid> ids;
    for (const Hold& hold : ended) ids.push_back(hold.id);
    // Where there is a zone it writes the lasting record; here they only stop counting until it comes.
    const HoldDelta releases = settings_.has_zone ? HoldDelta{} : plan_expiry(host_.holds(), now);
    HoldSet next = host_.holds();
    next.apply(releases);
    next.lapse(ids);
    if (auto done = save(next, log_); !done) return done;
    auto changes = host_.apply(releases);
    std::ranges::move(host_.lapse(ids), std::back_inserter(changes));
    publish(changes);
    for (const Hold& hold : ended) tell_expired(hold);
  }
  return settings_.has_zone ? Result<void>{} : prune(WallTime::max(), now);
}

void Agent::tell_expired(const Hold& hold) {
  const auto remaining = host_.holds().active(hold.service);
  for (Listener* listener : listeners_) listener->expired(hold, remaining);
}

Agent::Next Agent::next_tick() const {
  Next next{host_.holds().next_until(), std::nullopt};
  for (const Waiting& waiting : waiting_)
    next.deadline = std::min(next.deadline.value_or(waiting.request.deadline), waiting.request.deadline);
  return next;
}

Result<void> Agent::acknowledge(const std::vector<Uuid>& acknowledged) {
  ActionLog next = log_;
  next.acknowledge(acknowledged);
  if (next.actions().size() == log_.actions().size()) return {};
  if (auto done = save(host_.holds(), next); !done) return done;
  log_ = std::move(next);
  return {};
}

std::vector<std::pair<Hold, Release>> Agent::history(const Uuid& service, std::size_t limit) const {
  // Looked at where they are; only what is asked for is copied.
  std::map<Uuid, std::pair<const Hold*, const Release*>> pairs;
  for (const auto& [hold, release] : host_.holds().ended(service)) pairs.try_emplace(hold->id, hold, release);
  const HoldDelta& archived = ports_.store.archived();
  std::map<Uuid, const Hold*> holds;
  for (const Hold& hold : archived.adds)
    if (hold.service == service) holds[hold.id] = &hold;
  for (const Release& release : archived.releases)
    if (const auto hold = holds.find(release.hold); hold != holds.end())
      pairs.try_emplace(release.hold, hold->second, &release);
  std::vector<std::pair<const Hold*, const Release*>> list;
  for (const auto& [id, pair] : pairs) list.push_back(pair);
  std::ranges::sort(list, std::greater{},
                    [](const auto& pair) { return std::tie(pair.second->at, pair.first->id); });
  std::vector<std::pair<Hold, Release>> newest;
  for (const auto& [hold, release] : list) {
    if (newest.size() == limit) break;
    newest.emplace_back(*hold, *release);
  }
  return newest;
}

}  // namespace nova::host
