// SPDX-License-Identifier: Apache-2.0
#include "rest/http/render.hpp"

#include "model/hold_rules.hpp"

namespace nova::http {
namespace {

void time_if(JsonOut& out, std::string_view name, const std::optional<WallTime>& time) {
  if (time) out.field(name, to_rfc3339(*time));
}

/// What every sync of a host moves; of one that is not heard nothing moves.
template <typename F>
void moving(JsonOut& out, const zone::HostView& host, F write) {
  if (host.presence == zone::Presence::up)
    out.moving(write);
  else
    write();
}

void last_seen(JsonOut& out, const zone::HostView& host) {
  const WallTime seen = host.pulse->last_seen();
  if (seen != WallTime{}) moving(out, host, [&] { out.field("last_seen", to_rfc3339(seen)); });
}

void render_unit(JsonOut& out, const ServiceFacts& facts) {
  const UnitFacts& unit = facts.unit;
  out.key("unit").begin_object();
  out.field("name", unit.name)
      .field("load_state", unit.load_state)
      .field_if("active_state", unit.active_state);
  out.field_if("sub_state", unit.sub_state).field_if("unit_file_state", unit.unit_file_state);
  out.field_if("freezer_state", unit.freezer_state).field_if("result", unit.result);
  out.field_if("invocation_id", unit.invocation_id);
  if (unit.main_pid != 0) out.field("main_pid", unit.main_pid);
  out.field("restarts", unit.restarts);
  time_if(out, "since", unit.since);
  if (!unit.aliases.empty()) out.field("aliases", unit.aliases);
  out.field("controllable", facts.controllable).field("payload_elsewhere", unit.payload_elsewhere);
  out.end_object();
}

void render_hold(JsonOut& out, const Hold& hold, std::string_view host_name) {
  out.begin_object().field("id", nova::to_string(hold.id)).field("owner", hold.owner);
  out.field("actor", full_name(hold.actor, hold.door, host_name)).field("reason", hold.reason);
  out.field("since", to_rfc3339(hold.since));
  time_if(out, "until", hold.until);
  out.field("door", nova::to_string(hold.door)).key("enforce").begin_array();
  for (const Enforcer enforcer : hold.enforce) out.value(nova::to_string(enforcer));
  out.end_array().end_object();
}

void render_holds(JsonOut& out, std::string_view name, const std::vector<Hold>& holds,
                  std::string_view host_name) {
  out.key(name).begin_array();
  for (const Hold& hold : holds) render_hold(out, hold, host_name);
  out.end_array();
}

void render_enforcement(JsonOut& out, const std::vector<Enforcement>& enforcement) {
  out.key("enforcement").begin_object();
  for (const Enforcement& one : enforcement) {
    out.key(nova::to_string(one.enforcer)).begin_object().field("state", nova::to_string(one.state));
    out.field_if("detail", one.detail);
    if (one.attempts != 0) out.field("attempts", one.attempts);
    time_if(out, "next_try", one.next_try);
    out.end_object();
  }
  out.end_object();
}

/// The fields of a row without the braces, so that a single service can go on.
void service_fields(JsonOut& out, const zone::ServiceView& service, const zone::HostView& host,
                    std::string_view zone_name, bool single) {
  out.field("id", nova::to_string(service.facts.id)).field("binary", service.facts.binary);
  out.field_if("instance", service.facts.instance).field("kind", nova::to_string(service.facts.kind));
  out.field("host", host.name).field("zone", zone_name).field("state", nova::to_string(service.state));
  render_unit(out, service.facts);
  out.field("held", service.pause.held).field("paused", service.pause.paused);
  out.field("phase", nova::to_string(service.pause.phase));
  render_holds(out, "holds", service.holds, host.name);
  if (!service.stale_holds.empty()) render_holds(out, "stale_holds", service.stale_holds, host.name);
  render_enforcement(out, service.enforcement);
  out.field("updated_at", to_rfc3339(service.updated_at));
  // A heartbeat is no change: in collections only a lost host's age is worth a new body.
  if (single || host.presence != zone::Presence::up) last_seen(out, host);
}

void host_facts(JsonOut& out, const zone::HostView& host) {
  const HostInfo& info = host.info;
  out.field_if("machine_id", info.machine_id).field_if("os", info.os).field_if("kernel", info.kernel);
  out.field_if("architecture", info.architecture);
  time_if(out, "boot_time", info.boot_time);
  if (const auto load = host.pulse->load())
    moving(out, host, [&] { out.field("load1", load->load1).field("load1_at", to_rfc3339(load->at)); });
  out.field_if("daemon", info.daemon).field_if("systemd", info.systemd);
}

void host_fields(JsonOut& out, const zone::HostView& host, bool single) {
  out.field("id", nova::to_string(host.id)).field("name", host.name);
  out.field("state", zone::to_string(host.presence));
  if (single || host.presence != zone::Presence::up) last_seen(out, host);
  if (host.conflict) out.field("conflict", *host.conflict);
}

/// Absent where the host has not told: an empty list says that there are no errors.
void render_journal(JsonOut& out, const Uuid& service, const zone::HostView& host) {
  const auto excerpt = host.journal->find(service);
  const auto period = host.pulse->journal();
  if (excerpt == host.journal->end() || !period) return;
  out.key("journal").begin_object();
  moving(out, host,
         [&] { out.field("as_of", to_rfc3339(period->as_of)).field("since", to_rfc3339(period->since)); });
  out.key("entries").begin_array();
  for (const JournalEntry& entry : excerpt->second) {
    out.begin_object().field("time", to_rfc3339(entry.time)).field("priority", unsigned{entry.priority});
    out.field_if("identifier", entry.identifier).field("message", entry.message).end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::string request_id(const Uuid& id) {
  return "req-" + nova::to_string(id);
}

void render_service(JsonOut& out, const zone::ServiceView& service, const zone::HostView& host,
                    std::string_view zone_name) {
  out.begin_object();
  service_fields(out, service, host, zone_name, false);
  out.end_object();
}

JsonOut render_single(const zone::ServiceView& service, const zone::HostView& host,
                      std::string_view zone_name, const SingleService& more) {
  JsonOut out;
  out.begin_object().key("service").begin_object();
  service_fields(out, service, host, zone_name, true);
  out.key("hostinfo").begin_object();
  out.field("id", nova::to_string(host.id)).field("state", zone::to_string(host.presence));
  if (host.conflict) out.field("conflict", *host.conflict);
  host_facts(out, host);
  out.end_object();
  if (more.with_journal) render_journal(out, service.facts.id, host);
  out.key("history").begin_array();
  for (const Action& action : more.history) render_action(out, action, &host);
  out.end_array().end_object().end_object();
  return out;
}

void render_host(JsonOut& out, const zone::HostView& host) {
  out.begin_object();
  host_fields(out, host, false);
  out.field("services", host.services.size()).end_object();
}

JsonOut render_single_host(const zone::HostView& host, std::string_view zone_name) {
  JsonOut out;
  out.begin_object().key("host").begin_object();
  host_fields(out, host, true);
  out.field("zone", zone_name);
  host_facts(out, host);
  out.key("services").begin_array();
  for (const auto& service : host.services) render_service(out, service, host, zone_name);
  out.end_array().end_object().end_object();
  return out;
}

void render_action(JsonOut& out, const Action& action, const zone::HostView* host) {
  out.begin_object().field("request_id", request_id(action.id));
  out.field("service", nova::to_string(action.service)).field("action", nova::to_string(action.verb));
  out.field("actor", full_name(action.actor, action.door, host ? host->name : std::string_view{}));
  out.field("door", nova::to_string(action.door)).field("reason", action.reason);
  out.field("requested_at", to_rfc3339(action.requested));
  time_if(out, "finished_at", action.finished);
  out.field("outcome", nova::to_string(action.outcome)).field("message", action.message);
  if (action.hold) out.field("hold", nova::to_string(*action.hold));
  out.field("changed", action.changed).field("used_override", action.used_override).end_object();
}

}  // namespace nova::http
