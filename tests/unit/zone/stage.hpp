// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rest/zone/zone.hpp"

namespace nova::zone::stage {

inline const WallTime monday = *parse_rfc3339("2026-11-23T06:00:00Z");

/// A readable id: all bytes alike but the last.
inline Uuid id(std::uint8_t kind, std::uint8_t number = 0) {
  Uuid made;
  made.bytes.fill(kind);
  made.bytes.back() = number;
  return made;
}

/// One novahostd as the zone meets it: facts with sequences, holds of its own, answers taken in.
class HostSim {
 public:
  HostSim(std::uint8_t number, std::string name, WallTime born = monday - std::chrono::days{400})
      : id_(id(number)), name_(std::move(name)), holds_(born) {
    start();
    add("nova-compute", Kind::compute);
  }

  /// Another start of the daemon: a new incarnation, nothing acknowledged.
  void start() {
    incarnation_ = id(0xc0, ++starts_);
    incarnation_.bytes[0] = id_.bytes[0];
    acknowledged_ = 0;
  }
  void add(const std::string& binary, Kind kind) {
    ServiceFacts service{.id = service_id(id_, binary, ""), .binary = binary, .kind = kind};
    service.unit = {.name = binary + ".service",
                    .load_state = "loaded",
                    .active_state = "active",
                    .sub_state = "running",
                    .unit_file_state = "enabled",
                    .freezer_state = "running",
                    .result = "success"};
    services_.push_back(service);
    ++sequence_;
  }
  ServiceFacts& compute() { return services_.front(); }
  Uuid service() const { return services_.front().id; }

  /// Everything, as after a start.
  protocol::SyncRequest full() {
    auto report = heartbeat();
    report.base = 0;
    report.sequence = sequence_;
    report.info = info();
    report.services = services_;
    return report;
  }
  /// Nothing new.
  protocol::SyncRequest heartbeat() {
    protocol::SyncRequest report{.host = id_, .name = name_, .incarnation = incarnation_, .nonce = nonce()};
    report.zone = zone_;
    report.base = acknowledged_;
    report.sequence = acknowledged_;
    report.revision = revision_;
    report.holds.digest = holds_.digest();
    return report;
  }
  /// What changed of the first service.
  protocol::SyncRequest changed() {
    auto report = heartbeat();
    report.sequence = ++sequence_;
    report.services = {services_.front()};
    return report;
  }
  /// The answer to the zone's question for everything.
  protocol::SyncRequest all_holds() {
    auto report = heartbeat();
    report.holds.delta = holds_.everything();
    report.holds.complete = true;
    return report;
  }
  HostInfo info() const { return {.name = name_, .machine_id = "m-" + name_, .os = "Debian GNU/Linux 12"}; }

  /// A hold made at the host's own door.
  Hold hold(std::uint8_t number, WallTime at) const {
    return {.id = id(0xa0, number),
            .service = service(),
            .owner = "bob",
            .actor = "bob",
            .reason = "disk swap",
            .since = at,
            .recorded = at,
            .door = Door::bus,
            .enforce = all_enforcers()};
  }

  void take(const protocol::SyncAnswer& answer, const Now& now) {
    if (!answer.send_all) acknowledged_ = answer.acknowledged;
    zone_ = answer.zone;
    revision_ = answer.revision;
    holds_.apply(holds_.plan_merge(answer.holds.delta, now).fresh);
    if (answer.prune_before) holds_.drop(holds_.prunable(*answer.prune_before));
  }

  Uuid id_;
  std::string name_;
  Uuid incarnation_;
  std::vector<ServiceFacts> services_;
  std::uint64_t sequence_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t revision_ = 0;
  std::optional<Uuid> zone_;
  HoldSet holds_;
  std::uint8_t nonces_ = 0;

 private:
  Uuid nonce() { return id(0xd0, ++nonces_); }

  std::uint8_t starts_ = 0;
};

/// A zone with its clock and a disk that never fails.
class Stage {
 public:
  /// @param start another for each start of the zone
  explicit Stage(Memory given = {.zone = id(0xee), .born = monday - std::chrono::days{400}},
                 std::uint8_t start = 0xf0)
      : memory(std::move(given)), zone({.name = "south"}, id(start), memory, now) {}

  void pass(Millis time) {
    now.wall += time;
    now.boot += time;
  }
  /// One exchange; what the host gets is taken in by it.
  protocol::SyncAnswer exchange(HostSim& host, const protocol::SyncRequest& report,
                                const std::vector<ActionRecord>& recorded = {}) {
    auto plan = zone.plan_sync(report, now, recorded);
    EXPECT_TRUE(plan.has_value()) << plan.error().message;
    if (!plan) return {};
    durable = plan->durable;
    auto [answer, happened] = zone.apply(std::move(*plan), now, 0.5);
    effect = std::move(happened);
    host.take(answer, now);
    return answer;
  }
  void join(HostSim& host) { exchange(host, host.full()); }
  Error refusal(const protocol::SyncRequest& report, const std::vector<ActionRecord>& recorded = {}) {
    const auto plan = zone.plan_sync(report, now, recorded);
    EXPECT_FALSE(plan.has_value()) << "the report was taken";
    return plan ? Error{} : plan.error();
  }

  ActionRequest ask(Verb verb, const HostSim& host, const std::string& actor = "alice") const {
    return {.service = host.service(),
            .verb = verb,
            .caller = {.actor = actor, .door = Door::rest, .may_override = false}};
  }
  Result<Action> act(const ActionRequest& request) {
    ++asked;
    auto plan = zone.plan_act(request, id(0xac, asked), id(0xb0, asked), now);
    if (!plan) return std::unexpected(plan.error());
    durable = plan->durable;
    const Action action = plan->action;
    effect = zone.apply(std::move(*plan), now);
    return action;
  }
  void tick() {
    auto plan = zone.plan_tick(now);
    durable = plan.durable;
    effect = zone.apply(std::move(plan), now);
  }

  const HostView* host(const std::string& name) { return seen()->find_host(name); }
  const ServiceView& service(const HostSim& sim) { return *seen()->find_service(sim.service()); }
  std::shared_ptr<const Snapshot> seen() { return snapshot = zone.snapshot(now); }
  bool noted(Note::What what) const {
    return std::ranges::find(effect.notes, what, &Note::what) != effect.notes.end();
  }

  Now now{.wall = monday, .boot = BootTime{Millis{5'000'000}}, .synchronised = true};
  Memory memory;
  Zone zone;
  Durable durable;  // of the last step
  Effect effect;    // of the last step
  std::shared_ptr<const Snapshot> snapshot;
  std::uint8_t asked = 0;
};

}  // namespace nova::zone::stage
