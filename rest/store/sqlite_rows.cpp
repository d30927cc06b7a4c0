// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_rows.hpp"

#include <stdexcept>

namespace nova::store {
namespace {

template <typename E>
E known(std::optional<E> value, const std::string& word) {
  if (!value) throw std::runtime_error("the store has the unknown word \"" + word + "\"");
  return *value;
}

Verb verb(Query& row) {
  const std::string word = row.text();
  return known(parse_verb(word), word);
}

Door door(Query& row) {
  const std::string word = row.text();
  return known(parse_door(word), word);
}

std::string joined(const std::set<Enforcer>& enforcers) {
  std::string text;
  for (Enforcer enforcer : enforcers) text.append(text.empty() ? "" : " ").append(to_string(enforcer));
  return text;
}

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> found;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    found.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return found;
}

std::string lines(const std::vector<std::string>& aliases) {
  std::string text;
  for (const std::string& alias : aliases) text.append(text.empty() ? "" : "\n").append(alias);
  return text;
}

}  // namespace

Query& put_row(Query& query, const zone::ActionRecord& record) {
  const Action& a = record.action;
  return query.with(record.host, a.id, a.service, to_string(a.verb), a.actor, to_string(a.door), a.reason,
                    a.requested, a.finished, to_string(a.outcome), a.message, a.hold, a.changed,
                    a.used_override);
}

zone::ActionRecord read_action(Query& row) {
  zone::ActionRecord record{.host = row.uuid()};
  Action& a = record.action;
  a.id = row.uuid();
  a.service = row.uuid();
  a.verb = verb(row);
  a.actor = row.text();
  a.door = door(row);
  a.reason = row.text();
  a.requested = row.time();
  a.finished = row.maybe_time();
  const std::string outcome = row.text();
  a.outcome = known(parse_outcome(outcome), outcome);
  a.message = row.text();
  a.hold = row.maybe_uuid();
  a.changed = row.flag();
  a.used_override = row.flag();
  return record;
}

Query& put_row(Query& query, const Uuid& host, const Hold& h) {
  return query.with(host, h.id, h.service, h.owner, h.actor, h.reason, h.since, h.recorded, h.until,
                    to_string(h.door), joined(h.enforce));
}

std::pair<Uuid, Hold> read_hold(Query& row) {
  const Uuid host = row.uuid();
  Hold h{.id = row.uuid()};
  h.service = row.uuid();
  h.owner = row.text();
  h.actor = row.text();
  h.reason = row.text();
  h.since = row.time();
  h.recorded = row.time();
  h.until = row.maybe_time();
  h.door = door(row);
  for (const std::string& word : parts(row.text(), ' ')) h.enforce.insert(known(parse_enforcer(word), word));
  return {host, h};
}

Query& put_row(Query& query, const Uuid& host, const Release& r) {
  return query.with(host, r.hold, r.actor, r.at, to_string(r.door), r.message);
}

std::pair<Uuid, Release> read_release(Query& row) {
  const Uuid host = row.uuid();
  Release r{.hold = row.uuid()};
  r.actor = row.text();
  r.at = row.time();
  r.door = door(row);
  r.message = row.text();
  return {host, r};
}

Query& put_row(Query& query, const zone::HostRecord& host) {
  const HostInfo& i = host.info;
  return query.with(host.id, host.name, host.last_seen, i.name, i.machine_id, i.os, i.kernel, i.architecture,
                    i.daemon, i.systemd, i.boot_time, i.load1);
}

zone::HostRecord read_host(Query& row) {
  zone::HostRecord host{.id = row.uuid()};
  host.name = row.text();
  host.last_seen = row.time();
  HostInfo& i = host.info;
  for (std::string* member :
       {&i.name, &i.machine_id, &i.os, &i.kernel, &i.architecture, &i.daemon, &i.systemd})
    *member = row.text();
  i.boot_time = row.maybe_time();
  i.load1 = row.real();
  return host;
}

Query& put_row(Query& query, const Uuid& host, const zone::StoredService& service) {
  const ServiceFacts& f = service.facts;
  const UnitFacts& u = f.unit;
  return query.with(host, f.id, f.binary, f.instance, to_string(f.kind), f.controllable, service.updated_at,
                    u.name, u.load_state, u.active_state, u.sub_state, u.unit_file_state, u.freezer_state,
                    u.result, u.invocation_id, u.main_pid, u.restarts, u.since, lines(u.aliases),
                    u.payload_elsewhere);
}

std::pair<Uuid, zone::StoredService> read_service(Query& row) {
  const Uuid host = row.uuid();
  zone::StoredService service;
  ServiceFacts& f = service.facts;
  UnitFacts& u = f.unit;
  f.id = row.uuid();
  f.binary = row.text();
  f.instance = row.text();
  const std::string kind = row.text();
  f.kind = known(parse_kind(kind), kind);
  f.controllable = row.flag();
  service.updated_at = row.time();
  for (std::string* member : {&u.name, &u.load_state, &u.active_state, &u.sub_state, &u.unit_file_state,
                              &u.freezer_state, &u.result, &u.invocation_id})
    *member = row.text();
  u.main_pid = static_cast<std::uint32_t>(row.integer());
  u.restarts = static_cast<std::uint32_t>(row.integer());
  u.since = row.maybe_time();
  u.aliases = parts(row.text(), '\n');
  u.payload_elsewhere = row.flag();
  return {host, std::move(service)};
}

Query& put_row(Query& query, const zone::CommandRecord& record, const std::string& boot_id) {
  const Command& c = record.command;
  return query.with(record.host, c.id, c.service, to_string(c.verb), c.actor, c.reason,
                    std::int64_t{c.remaining.count()}, c.thaw, c.force,
                    std::int64_t{record.deadline.time_since_epoch().count()}, boot_id);
}

zone::CommandRecord read_command(Query& row, const std::string& boot_id) {
  zone::CommandRecord record{.host = row.uuid()};
  Command& c = record.command;
  c.id = row.uuid();
  c.service = row.uuid();
  c.verb = verb(row);
  c.actor = row.text();
  c.reason = row.text();
  c.remaining = Millis{row.integer()};
  c.thaw = row.flag();
  c.force = row.flag();
  record.deadline = BootTime{Millis{row.integer()}};
  record.this_boot = row.text() == boot_id;
  return record;
}

Token read_token(Query& row) {
  Token token{.name = row.text()};
  const std::string role = row.text();
  token.role = known(parse_role(role), role);
  token.hash = row.text();
  token.created = row.time();
  token.revoked = row.maybe_time();
  return token;
}

}  // namespace nova::store
