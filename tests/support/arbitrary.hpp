// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck.h>

#include "model/action.hpp"
#include "model/hold.hpp"
#include "model/service.hpp"
#include "rest/protocol/messages.hpp"

/// RapidCheck's random values of the model and of the messages, all valid by the rules of their readers.
namespace nova::arbitrary {

/// A value or none, as std::optional.
template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> value) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()), rc::gen::map(std::move(value), [](T made) {
                          return std::optional<T>(std::move(made));
                        }));
}

inline rc::Gen<Uuid> uuid() {
  return rc::gen::map(rc::gen::inRange<std::uint64_t>(1, ~0ULL), [](std::uint64_t number) {
    Uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
      id.bytes[i] = static_cast<std::uint8_t>((number * (i + 1)) >> (i * 3));
    id.bytes[0] |= 1;
    return id;
  });
}

/// One of a few ids, so that records meet each other.
inline rc::Gen<Uuid> few_uuids(int count) {
  return rc::gen::map(rc::gen::inRange(0, count), [](int i) {
    Uuid id;
    id.bytes[0] = 1;
    id.bytes[15] = static_cast<std::uint8_t>(i);
    return id;
  });
}

/// Readable text, with characters of one to four bytes, without control characters.
inline rc::Gen<std::string> text(int shortest, int longest) {
  const auto character = rc::gen::elementOf(std::vector<std::string>{
      "a", "b", "Z", "0", " ", "\"", "\\", "/", "-", "é", "ß", "€", "漢", "😀", "{", "}"});
  return rc::gen::mapcat(rc::gen::inRange(shortest, longest + 1), [=](int size) {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(size), character),
        [](const std::vector<std::string>& parts) {
          std::string joined;
          for (const auto& part : parts) joined += part;
          return joined;
        });
  });
}

inline rc::Gen<std::string> label() {
  return rc::gen::elementOf(
      std::vector<std::string>{"alice", "bob", "unit", "evacuator 7", "ünïcode", "c1/root"});
}

inline rc::Gen<WallTime> time() {
  // 1970 to 9999, denser around now.
  return rc::gen::map(rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 253'370'764'800'000),
                                     rc::gen::inRange<std::int64_t>(1'700'000'000'000, 1'700'000'000'500)),
                      [](std::int64_t ms) { return WallTime{Millis{ms}}; });
}

inline rc::Gen<Door> door() {
  return rc::gen::element(Door::bus, Door::rest, Door::unit);
}

inline rc::Gen<std::set<Enforcer>> enforcers() {
  return rc::gen::map(rc::gen::inRange(1, 8), [](int bits) {
    std::set<Enforcer> set;
    if (bits & 1) set.insert(Enforcer::gate);
    if (bits & 2) set.insert(Enforcer::scheduler);
    if (bits & 4) set.insert(Enforcer::user_actions);
    return set;
  });
}

inline rc::Gen<Hold> hold(rc::Gen<Uuid> id = uuid()) {
  return rc::gen::map(
      rc::gen::build<Hold>(rc::gen::set(&Hold::id, id), rc::gen::set(&Hold::service, few_uuids(3)),
                           rc::gen::set(&Hold::owner, label()), rc::gen::set(&Hold::actor, label()),
                           rc::gen::set(&Hold::reason, text(1, 60)), rc::gen::set(&Hold::since, time()),
                           rc::gen::set(&Hold::recorded, time()), rc::gen::set(&Hold::until, maybe(time())),
                           rc::gen::set(&Hold::door, door()), rc::gen::set(&Hold::enforce, enforcers())),
      [](Hold hold) {
        if (hold.recorded < hold.since) std::swap(hold.recorded, hold.since);
        if (hold.until && *hold.until <= hold.recorded) hold.until = hold.recorded + Millis{1};
        return hold;
      });
}

inline rc::Gen<Release> release(rc::Gen<Uuid> id = uuid()) {
  return rc::gen::build<Release>(rc::gen::set(&Release::hold, id), rc::gen::set(&Release::actor, label()),
                                 rc::gen::set(&Release::at, time()), rc::gen::set(&Release::door, door()),
                                 rc::gen::set(&Release::message, text(0, 40)));
}

inline rc::Gen<UnitFacts> unit() {
  const auto word = [] {
    return rc::gen::elementOf(std::vector<std::string>{"", "active", "loaded", "enabled"});
  };
  return rc::gen::build<UnitFacts>(
      rc::gen::set(&UnitFacts::name, text(1, 40)), rc::gen::set(&UnitFacts::load_state, word()),
      rc::gen::set(&UnitFacts::active_state, word()), rc::gen::set(&UnitFacts::sub_state, word()),
      rc::gen::set(&UnitFacts::unit_file_state, word()), rc::gen::set(&UnitFacts::freezer_state, word()),
      rc::gen::set(&UnitFacts::result, word()), rc::gen::set(&UnitFacts::invocation_id, word()),
      rc::gen::set(&UnitFacts::main_pid, rc::gen::arbitrary<std::uint32_t>()),
      rc::gen::set(&UnitFacts::restarts, rc::gen::arbitrary<std::uint32_t>()),
      rc::gen::set(&UnitFacts::since, maybe(time())),
      rc::gen::set(&UnitFacts::aliases, rc::gen::container<std::vector<std::string>>(text(1, 20))),
      rc::gen::set(&UnitFacts::payload_elsewhere, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<Kind> kind() {
  return rc::gen::element(Kind::api, Kind::metadata, Kind::compute, Kind::conductor, Kind::scheduler,
                          Kind::console_proxy);
}

/// A service of `host`, with the id that follows from its names.
inline rc::Gen<ServiceFacts> service(Uuid host) {
  return rc::gen::map(
      rc::gen::build<ServiceFacts>(rc::gen::set(&ServiceFacts::binary, text(1, 20)),
                                   rc::gen::set(&ServiceFacts::instance, text(0, 10)),
                                   rc::gen::set(&ServiceFacts::kind, kind()),
                                   rc::gen::set(&ServiceFacts::unit, unit()),
                                   rc::gen::set(&ServiceFacts::controllable, rc::gen::arbitrary<bool>())),
      [host](ServiceFacts facts) {
        facts.id = service_id(host, facts.binary, facts.instance);
        return facts;
      });
}

inline rc::Gen<HostInfo> info(std::string name) {
  return rc::gen::build<HostInfo>(
      rc::gen::set(&HostInfo::name, rc::gen::just(name)), rc::gen::set(&HostInfo::machine_id, text(0, 12)),
      rc::gen::set(&HostInfo::os, text(0, 40)), rc::gen::set(&HostInfo::kernel, text(0, 20)),
      rc::gen::set(&HostInfo::architecture, text(0, 8)), rc::gen::set(&HostInfo::daemon, text(0, 8)),
      rc::gen::set(&HostInfo::systemd, text(0, 8)), rc::gen::set(&HostInfo::boot_time, maybe(time())),
      rc::gen::set(&HostInfo::load1,
                   rc::gen::map(rc::gen::inRange(0, 5000), [](int n) { return n / 100.0; })));
}

inline rc::Gen<Verb> verb() {
  return rc::gen::element(Verb::pause, Verb::resume, Verb::start, Verb::stop, Verb::restart, Verb::suspend);
}

inline rc::Gen<Action> action() {
  return rc::gen::build<Action>(
      rc::gen::set(&Action::id, uuid()), rc::gen::set(&Action::service, few_uuids(3)),
      rc::gen::set(&Action::verb, verb()), rc::gen::set(&Action::actor, label()),
      rc::gen::set(&Action::door, door()), rc::gen::set(&Action::reason, text(0, 30)),
      rc::gen::set(&Action::requested, time()), rc::gen::set(&Action::finished, maybe(time())),
      rc::gen::set(&Action::outcome, rc::gen::element(Outcome::accepted, Outcome::running, Outcome::succeeded,
                                                      Outcome::failed, Outcome::indeterminate)),
      rc::gen::set(&Action::message, text(0, 30)), rc::gen::set(&Action::hold, maybe(uuid())),
      rc::gen::set(&Action::changed, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Action::used_override, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<Command> command() {
  return rc::gen::build<Command>(
      rc::gen::set(&Command::id, uuid()), rc::gen::set(&Command::service, few_uuids(3)),
      rc::gen::set(&Command::verb, verb()), rc::gen::set(&Command::actor, label()),
      rc::gen::set(&Command::reason, text(0, 30)),
      rc::gen::set(&Command::remaining,
                   rc::gen::map(rc::gen::inRange(0, 600'001), [](int n) { return Millis{n}; })),
      rc::gen::set(&Command::thaw, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Command::force, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<Enforcement> enforcement(Enforcer enforcer) {
  return rc::gen::build<Enforcement>(
      rc::gen::set(&Enforcement::enforcer, rc::gen::just(enforcer)),
      rc::gen::set(&Enforcement::state,
                   rc::gen::element(EnforcementState::applied, EnforcementState::pending,
                                    EnforcementState::unavailable, EnforcementState::unconfigured)),
      rc::gen::set(&Enforcement::detail, text(0, 30)),
      rc::gen::set(&Enforcement::attempts, rc::gen::arbitrary<std::uint32_t>()),
      rc::gen::set(&Enforcement::next_try, maybe(time())));
}

/// A delta without two contents under one id.
inline rc::Gen<HoldDelta> delta() {
  return rc::gen::build<HoldDelta>(
      rc::gen::set(&HoldDelta::adds, rc::gen::container<std::vector<Hold>>(hold())),
      rc::gen::set(&HoldDelta::releases, rc::gen::container<std::vector<Release>>(release())));
}

inline rc::Gen<protocol::HoldExchange> exchange() {
  return rc::gen::build<protocol::HoldExchange>(
      rc::gen::set(&protocol::HoldExchange::digest,
                   rc::gen::map(uuid(), [](const Uuid& id) { return to_string(id); })),
      rc::gen::set(&protocol::HoldExchange::delta, delta()),
      rc::gen::set(&protocol::HoldExchange::complete, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<protocol::JournalReport> journal() {
  using protocol::ServiceExcerpt;
  const auto entry = rc::gen::build<JournalEntry>(
      rc::gen::set(&JournalEntry::time, time()),
      rc::gen::set(&JournalEntry::priority,
                   rc::gen::map(rc::gen::inRange(0, 8), [](int n) { return static_cast<std::uint8_t>(n); })),
      rc::gen::set(&JournalEntry::identifier, text(0, 30)),
      rc::gen::set(&JournalEntry::message, text(0, 40)));
  const auto excerpt = rc::gen::build<ServiceExcerpt>(
      rc::gen::set(&ServiceExcerpt::service, uuid()),
      rc::gen::set(&ServiceExcerpt::entries,
                   rc::gen::map(rc::gen::container<JournalExcerpt>(entry), [](auto list) {
                     if (list.size() > excerpt_size) list.resize(excerpt_size);
                     return list;
                   })));
  const auto period = rc::gen::map(rc::gen::pair(time(), time()), [](const auto& pair) {
    return ExcerptPeriod{std::min(pair.first, pair.second), std::max(pair.first, pair.second)};
  });
  return rc::gen::build<protocol::JournalReport>(
      rc::gen::set(&protocol::JournalReport::period, maybe(period)),
      rc::gen::set(&protocol::JournalReport::services,
                   rc::gen::uniqueBy<std::vector<ServiceExcerpt>>(
                       excerpt, [](const ServiceExcerpt& one) { return one.service; })));
}

/// A sync as novahostd could send it.
inline rc::Gen<protocol::SyncRequest> request() {
  using protocol::SyncRequest;
  return rc::gen::mapcat(
      rc::gen::pair(uuid(), text(1, 30)), [](const std::pair<Uuid, std::string>& identity) {
        const auto [host, name] = identity;
        return rc::gen::map(
            rc::gen::build<SyncRequest>(
                rc::gen::set(&SyncRequest::host, rc::gen::just(host)),
                rc::gen::set(&SyncRequest::name, rc::gen::just(name)),
                rc::gen::set(&SyncRequest::incarnation, uuid()), rc::gen::set(&SyncRequest::nonce, uuid()),
                rc::gen::set(&SyncRequest::zone, maybe(uuid())),
                rc::gen::set(&SyncRequest::base, rc::gen::inRange<std::uint64_t>(0, 3)),
                rc::gen::set(&SyncRequest::sequence, rc::gen::inRange<std::uint64_t>(3, 1ULL << 62)),
                rc::gen::set(&SyncRequest::revision, rc::gen::inRange<std::uint64_t>(0, 1ULL << 62)),
                rc::gen::set(&SyncRequest::info,
                             rc::gen::map(info(name), [](HostInfo i) { return std::optional(i); })),
                rc::gen::set(&SyncRequest::services,
                             rc::gen::uniqueBy<std::vector<ServiceFacts>>(
                                 service(host), [](const ServiceFacts& s) { return s.id; })),
                rc::gen::set(&SyncRequest::removed, rc::gen::unique<std::vector<Uuid>>(uuid())),
                rc::gen::set(&SyncRequest::load1,
                             maybe(rc::gen::map(rc::gen::inRange(0, 6400), [](int n) { return n / 100.0; }))),
                rc::gen::set(&SyncRequest::journal, maybe(journal())),
                rc::gen::set(&SyncRequest::holds, exchange()),
                rc::gen::set(&SyncRequest::actions, rc::gen::container<std::vector<Action>>(action())),
                rc::gen::set(&SyncRequest::leaving, rc::gen::arbitrary<bool>())),
            [](SyncRequest request) {
              if (request.base == 0) request.removed.clear();
              return request;
            });
      });
}

/// An answer as novazoned could give it.
inline rc::Gen<protocol::SyncAnswer> answer() {
  using protocol::ServiceEnforcement;
  using protocol::SyncAnswer;
  const auto service_enforcement = rc::gen::build<ServiceEnforcement>(
      rc::gen::set(&ServiceEnforcement::service, uuid()),
      rc::gen::set(&ServiceEnforcement::enforcement,
                   rc::gen::map(rc::gen::pair(enforcement(Enforcer::gate), enforcement(Enforcer::scheduler)),
                                [](const auto& pair) {
                                  return std::vector<Enforcement>{pair.first, pair.second};
                                })));
  return rc::gen::build<SyncAnswer>(
      rc::gen::set(&SyncAnswer::host, uuid()), rc::gen::set(&SyncAnswer::nonce, uuid()),
      rc::gen::set(&SyncAnswer::zone_name, text(0, 20)), rc::gen::set(&SyncAnswer::zone, uuid()),
      rc::gen::set(&SyncAnswer::acknowledged, rc::gen::inRange<std::uint64_t>(0, 1ULL << 62)),
      rc::gen::set(&SyncAnswer::send_all, rc::gen::arbitrary<bool>()),
      rc::gen::set(&SyncAnswer::revision, rc::gen::inRange<std::uint64_t>(0, 1ULL << 62)),
      rc::gen::set(&SyncAnswer::holds, exchange()),
      rc::gen::set(&SyncAnswer::send_all_holds, rc::gen::arbitrary<bool>()),
      rc::gen::set(&SyncAnswer::prune_before, maybe(time())),
      rc::gen::set(&SyncAnswer::enforcement,
                   rc::gen::container<std::vector<ServiceEnforcement>>(service_enforcement)),
      rc::gen::set(&SyncAnswer::commands, rc::gen::container<std::vector<Command>>(command())),
      rc::gen::set(&SyncAnswer::acknowledged_actions, rc::gen::container<std::vector<Uuid>>(uuid())),
      rc::gen::set(&SyncAnswer::interval,
                   rc::gen::map(rc::gen::inRange(0, 20000), [](int n) { return Millis{n}; })));
}

}  // namespace nova::arbitrary
