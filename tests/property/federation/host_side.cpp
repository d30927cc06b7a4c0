// SPDX-License-Identifier: Apache-2.0
#include "tests/property/federation/host_side.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "rest/protocol/codec.hpp"

namespace nova::federation::property {

Result<void> HostDisk::save(const host::Saved& state) {
  const Fault now = std::exchange(fault, Fault::none);
  if (now == Fault::full) return fail(Errc::storage_failed, "cannot write: no space left on device");
  if (now == Fault::die_before) throw Crash{};
  saved = state;
  if (now == Fault::die_after) throw Crash{};
  return {};
}

Result<void> HostDisk::archive(const HoldDelta& pairs) {
  archived_.adds.insert(archived_.adds.end(), pairs.adds.begin(), pairs.adds.end());
  archived_.releases.insert(archived_.releases.end(), pairs.releases.begin(), pairs.releases.end());
  return {};
}

void Units::finish() {
  if (waiting.empty()) return;
  const Waiting job = std::move(waiting.front());
  waiting.erase(waiting.begin());
  if (now_.boot > job.deadline)
    job.done(fail(Errc::deadline_exceeded, "cannot act any more: its deadline passed"));
  else
    job.done({});
}

HostSide::HostSide(Uuid id, std::size_t max_weight, const Now& now, Ledger& ledger,
                   std::function<Uuid()> fresh)
    : units(now), id_(id), max_weight_(max_weight), now_(now), ledger_(ledger), fresh_(std::move(fresh)) {
  disk.saved.born = now.wall;
  observe(1, 0);
  start();
}

void HostSide::start() {
  crash();
  agent_ = std::make_unique<host::Agent>(
      id_, HostInfo{.name = "compute1"}, disk.saved,
      host::Agent::Settings{.require_reason = false, .has_zone = true, .max_weight = max_weight_},
      host::Agent::Ports{disk, units, fresh_, [this] { return now_; }});
  exchange_ = std::make_unique<Exchange>(*agent_, fresh_());
  agent_->add(*this);
  agent_->observe(found_, now_);
}

void HostSide::crash() {
  disk.fault = Fault::none;
  exchange_.reset();
  agent_.reset();
  units.waiting.clear();
}

void HostSide::restore(host::Saved saved) {
  crash();
  disk.saved = std::move(saved);
  begun.clear();
  done.clear();
  start();
}

HoldDelta HostSide::since(const HoldDelta& before) const {
  HoldDelta made;
  for (const Hold& hold : disk.saved.holds.adds)
    if (std::ranges::find(before.adds, hold) == before.adds.end()) made.adds.push_back(hold);
  for (const Release& release : disk.saved.holds.releases)
    if (std::ranges::find(before.releases, release) == before.releases.end())
      made.releases.push_back(release);
  return made;
}

Result<void> HostSide::pause(const Uuid& service, const std::string& who, std::optional<WallTime> until) {
  const HoldDelta before = disk.saved.holds;
  try {
    const auto answer =
        agent_->pause({.service = service,
                       .caller = {.actor = who, .door = Door::bus},
                       .owner = "",
                       .reason = "work " + std::to_string(now_.wall.time_since_epoch().count() % 3),
                       .until = until},
                      now_);
    if (!answer) return std::unexpected(answer.error());
  } catch (const Crash&) {
    ledger_.tried(since(before));  // nobody was told, but it may be there
    throw;
  }
  ledger_.acknowledged(since(before));
  return {};
}

Result<void> HostSide::resume(const Uuid& service, const std::string& who, bool may_override) {
  const HoldDelta before = disk.saved.holds;
  try {
    const auto answer =
        agent_->resume({.service = service,
                        .caller = {.actor = who, .door = Door::bus, .may_override = may_override},
                        .owner = "",
                        .all = may_override,
                        .message = "over"},
                       false, now_);
    if (!answer) return std::unexpected(answer.error());
  } catch (const Crash&) {
    ledger_.tried(since(before));
    throw;
  }
  ledger_.acknowledged(since(before));
  return {};
}

void HostSide::tick() {
  static_cast<void>(agent_->tick(now_));
}

void HostSide::observe(int services, int state) {
  found_.clear();
  constexpr std::tuple<const char*, const char*, Kind> known[] = {{"nova-compute", "", Kind::compute},
                                                                  {"nova-compute", "ironic", Kind::compute},
                                                                  {"nova-api", "", Kind::api}};
  for (int i = 0; i < services; ++i) {
    const auto& [binary, instance, kind] = known[i];
    host::FoundUnit unit{.binary = binary, .instance = instance, .kind = kind};
    unit.facts.name = unit.binary + "@" + unit.instance + ".service";
    unit.facts.load_state = "loaded";
    unit.facts.active_state = state % 2 == 0 ? "active" : "failed";
    unit.facts.main_pid = static_cast<std::uint32_t>(state);
    found_.push_back(unit);
  }
  if (agent_) agent_->observe(found_, now_);
}

std::string HostSide::send() {
  sent_ = now_.boot;
  return protocol::encode(exchange_->request(fresh_()));
}

bool HostSide::receive(std::string_view body) {
  const auto answer = protocol::decode_answer(body);
  return answer && exchange_->answered(*answer, sent_, now_).has_value();
}

void HostSide::acted(const Action& action) {
  if (action.door == Door::rest && action.outcome == Outcome::running) ++begun[action.id];
  if (action.door == Door::rest && action.outcome == Outcome::succeeded && action.verb != Verb::pause &&
      action.verb != Verb::resume) {
    done.insert(action.id);
    done_at.try_emplace(action.id, now_.boot);
  }
}

}  // namespace nova::federation::property
