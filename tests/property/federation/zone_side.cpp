// SPDX-License-Identifier: Apache-2.0
#include "tests/property/federation/zone_side.hpp"

#include <algorithm>
#include <utility>

#include "rest/protocol/codec.hpp"

namespace nova::federation::property {
namespace {

HoldDelta records_of(const zone::Durable& step) {
  HoldDelta records;
  for (const zone::HostDelta& part : step.holds) {
    records.adds.insert(records.adds.end(), part.delta.adds.begin(), part.delta.adds.end());
    records.releases.insert(records.releases.end(), part.delta.releases.begin(), part.delta.releases.end());
  }
  return records;
}

}  // namespace

ZoneSide::ZoneSide(std::size_t max_weight, const Now& now, Ledger& ledger, std::function<Uuid()> fresh)
    : max_weight_(max_weight), now_(now), ledger_(ledger), fresh_(std::move(fresh)) {
  restore(std::nullopt);
}

void ZoneSide::start() {
  fault = Fault::none;
  // What the real store does when it is opened: the time in which it was not written may be forgotten time.
  database.memory.forgotten.emplace_back(database.last_write, now_.wall);
  database.last_write = now_.wall;
  database.memory.unfinished.clear();
  for (const auto& [id, record] : database.actions)
    if (!is_final(record.action.outcome)) database.memory.unfinished.push_back(record);
  zone_ = std::make_unique<zone::Zone>(zone::Zone::Settings{.name = "south", .max_weight = max_weight_},
                                       fresh_(), database.memory, now_);
}

void ZoneSide::restore(const std::optional<ZoneDatabase>& given) {
  crash();
  database =
      given.value_or(ZoneDatabase{.memory = {.zone = fresh_(), .born = now_.wall}, .last_write = WallTime{}});
  start();
}

void ZoneSide::write_actions(const zone::Durable& step) {
  for (const zone::ActionRecord& record : step.actions) {
    const auto known = database.actions.find(record.action.id);
    const bool settled = known != database.actions.end() && is_final(known->second.action.outcome) &&
                         known->second.action.outcome != Outcome::indeterminate;
    if (!settled) database.actions[record.action.id] = record;
  }
  auto& commands = database.memory.commands;
  commands.insert(commands.end(), step.commands.begin(), step.commands.end());
  for (const Uuid& id : step.ended_commands)
    std::erase_if(commands, [&](const zone::CommandRecord& record) { return record.command.id == id; });
}

Result<void> ZoneSide::write(const zone::Durable& step) {
  if (step.empty()) return {};
  const Fault now = std::exchange(fault, Fault::none);
  if (now == Fault::full) return fail(Errc::storage_failed, "cannot write: no space left on device");
  if (now == Fault::die_before) throw Crash{};
  for (const zone::HostRecord& host : step.hosts) {
    std::erase_if(database.memory.hosts, [&](const zone::HostRecord& known) { return known.id == host.id; });
    database.memory.hosts.push_back(host);
  }
  for (const zone::HostDelta& part : step.pruned) {
    HoldSet set(database.memory.born);
    set.apply(database.memory.holds[part.host]);
    set.drop(part.delta);
    database.memory.holds[part.host] = set.everything();
    auto& pruned = database.pruned;
    pruned.adds.insert(pruned.adds.end(), part.delta.adds.begin(), part.delta.adds.end());
    pruned.releases.insert(pruned.releases.end(), part.delta.releases.begin(), part.delta.releases.end());
  }
  for (const zone::HostDelta& part : step.holds) {
    HoldSet set(database.memory.born);
    set.apply(database.memory.holds[part.host]);
    set.apply(part.delta);
    database.memory.holds[part.host] = set.everything();
  }
  write_actions(step);
  database.last_write = now_.wall;
  if (now == Fault::die_after) throw Crash{};
  return {};
}

Result<std::string> ZoneSide::sync(std::string_view body) {
  const auto request = protocol::decode_request(body);
  if (!request) return std::unexpected(request.error());
  std::vector<zone::ActionRecord> recorded;
  for (const Uuid& id : zone_->unknown_actions(*request))
    if (const auto known = database.actions.find(id); known != database.actions.end())
      recorded.push_back(known->second);
  auto plan = zone_->plan_sync(*request, now_, recorded);
  if (!plan) return std::unexpected(plan.error());
  if (const auto done = write(plan->durable); !done) return std::unexpected(done.error());
  auto [answer, effect] = zone_->apply(std::move(*plan), now_, 0.5);
  for (const zone::ActionRecord& record : effect.unsaved) database.actions[record.action.id] = record;
  return protocol::encode(answer);
}

Result<Action> ZoneSide::act(const zone::ActionRequest& request) {
  auto plan = zone_->plan_act(request, fresh_(), fresh_(), now_);
  if (!plan) return std::unexpected(plan.error());
  const HoldDelta records = records_of(plan->durable);
  const Action action = plan->action;
  ledger_.tried(records);
  if (const auto done = write(plan->durable); !done) return std::unexpected(done.error());
  ledger_.acknowledged(records);
  for (const zone::CommandRecord& record : plan->durable.commands)
    deadlines[record.command.id] = record.deadline;
  zone_->apply(std::move(*plan), now_);
  return action;
}

void ZoneSide::tick() {
  auto plan = zone_->plan_tick(now_);
  ledger_.tried(records_of(plan.durable));
  if (!write(plan.durable)) return;
  zone_->apply(std::move(plan), now_);
}

HoldSet ZoneSide::holds(const Uuid& host) const {
  const zone::Host* known = zone_->find(host);
  return known ? known->holds.holds() : HoldSet(now_.wall);
}

HoldDelta ZoneSide::disk_holds(const Uuid& host) const {
  const auto known = database.memory.holds.find(host);
  return known == database.memory.holds.end() ? HoldDelta{} : known->second;
}

}  // namespace nova::federation::property
