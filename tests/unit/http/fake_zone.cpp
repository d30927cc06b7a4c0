// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/http/fake_zone.hpp"

#include <algorithm>

#include "rest/http/faults.hpp"
#include "rest/http/target.hpp"

namespace nova::http::test {

std::shared_ptr<zone::Pulse> pulse_of(WallTime heard, double load1) {
  auto pulse = std::make_shared<zone::Pulse>();
  pulse->hear(heard);
  pulse->take_load(load1, heard);
  return pulse;
}

JournalEntry journal_entry(const std::string& message) {
  return {.time = story_time() - std::chrono::hours(1),
          .priority = 3,
          .identifier = "nova-compute",
          .message = message};
}

namespace {

Uuid host_id(const std::string& name) {
  return name_uuid(Uuid{}, name);
}

zone::ServiceView service_view(const std::string& host, const std::string& binary, Kind kind) {
  zone::ServiceView view;
  view.facts.id = service_id(host_id(host), binary, "");
  view.facts.binary = binary;
  view.facts.kind = kind;
  view.facts.unit = {.name = binary + ".service",
                     .load_state = "loaded",
                     .active_state = "active",
                     .sub_state = "running",
                     .unit_file_state = "enabled",
                     .freezer_state = "running",
                     .result = "success",
                     .invocation_id = "0123456789abcdef0123456789abcdef",
                     .main_pid = 4711,
                     .since = story_time()};
  view.state = State::up;
  view.updated_at = story_time();
  if (kind == Kind::compute) view.enforcement = unconfigured_enforcement();
  return view;
}

zone::HostView host_view(const std::string& name, std::vector<zone::ServiceView> services) {
  zone::HostView host;
  host.id = host_id(name);
  host.name = name;
  host.presence = zone::Presence::up;
  host.pulse = pulse_of(story_time());
  host.info = {.name = name,
               .machine_id = "fedcba9876543210fedcba9876543210",
               .os = "Debian GNU/Linux 12 (bookworm)",
               .kernel = "6.1.0",
               .architecture = "x86-64",
               .daemon = "0.1.0",
               .systemd = "252",
               .boot_time = story_time() - std::chrono::hours(5)};
  host.services = std::move(services);
  host.generation = 1;
  return host;
}

std::vector<std::shared_ptr<const zone::HostView>> three_hosts() {
  auto lost = host_view("compute2", {service_view("compute2", "nova-compute", Kind::compute)});
  lost.presence = zone::Presence::lost;
  lost.services[0].state = State::unknown;
  lost.pulse = pulse_of(story_time() - std::chrono::minutes(3));
  return {std::make_shared<zone::HostView>(
              host_view("compute1", {service_view("compute1", "nova-compute", Kind::compute)})),
          std::make_shared<zone::HostView>(lost),
          std::make_shared<zone::HostView>(
              host_view("controller", {service_view("controller", "nova-api", Kind::api),
                                       service_view("controller", "nova-conductor", Kind::conductor),
                                       service_view("controller", "nova-scheduler", Kind::scheduler)}))};
}

TokenSource three_tokens() {
  return []() -> Result<std::vector<Token>> {
    return std::vector<Token>{{"rita", Role::reader, token_hash("the reader's token")},
                              {"otto", Role::operator_, token_hash("the operator's token")},
                              {"anna", Role::admin, token_hash("the admin's token")}};
  };
}

}  // namespace

WallTime story_time() {
  return *parse_rfc3339("2026-11-23T03:19:00Z");
}

FakeWriter::FakeWriter() {
  publish(three_hosts());
}

Uuid FakeWriter::service(const std::string& host, const std::string& binary) {
  return service_id(host_id(host), binary, "");
}

void FakeWriter::publish(std::vector<std::shared_ptr<const zone::HostView>> hosts) {
  std::ranges::sort(hosts, {}, [](const auto& host) { return host->name; });
  auto next = std::make_shared<zone::Snapshot>();
  next->generation = snapshot_ ? snapshot_->generation + 1 : 1;
  next->incarnation = host_id("the zone's start");
  next->zone_name = "north";
  next->at = story_time();
  auto index = std::make_shared<zone::Index>();
  for (std::uint32_t h = 0; h < hosts.size(); ++h) {
    index->hosts[hosts[h]->id] = h;
    for (std::uint32_t s = 0; s < hosts[h]->services.size(); ++s)
      index->services[hosts[h]->services[s].facts.id] = {h, s};
  }
  next->hosts = std::move(hosts);
  next->index = index;
  snapshot_ = next;
}

std::shared_ptr<const zone::Snapshot> FakeWriter::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

void FakeWriter::change(const std::string& host, const std::function<void(zone::HostView&)>& alter) {
  const std::scoped_lock lock(mutex_);
  auto hosts = snapshot_->hosts;
  for (auto& view : hosts) {
    if (view->name != host) continue;
    auto copy = std::make_shared<zone::HostView>(*view);
    alter(*copy);
    ++copy->generation;
    view = copy;
  }
  publish(std::move(hosts));
}

void FakeWriter::grow(std::size_t count) {
  const std::scoped_lock lock(mutex_);
  auto hosts = snapshot_->hosts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "more" + std::to_string(i);
    hosts.push_back(std::make_shared<zone::HostView>(
        host_view(name, {service_view(name, "nova-compute", Kind::compute)})));
  }
  publish(std::move(hosts));
}

Result<Action> FakeWriter::pause_or_resume(const writer::ActionRequest& request, Action action) {
  const Now now{.wall = story_time(), .boot = {}, .synchronised = true};
  HoldDelta delta;
  if (request.verb == Verb::pause) {
    const auto plan = plan_pause(holds_,
                                 {.service = request.service,
                                  .caller = request.caller,
                                  .owner = request.owner,
                                  .reason = request.reason,
                                  .until = request.until,
                                  .enforce = request.enforce},
                                 random_uuid(), now);
    if (!plan) return std::unexpected(plan.error());
    action.hold = plan->hold.id;
    action.changed = plan->changed;
    delta = plan->delta;
  } else {
    const auto plan = plan_resume(holds_,
                                  {.service = request.service,
                                   .caller = request.caller,
                                   .owner = request.owner,
                                   .all = request.all,
                                   .message = request.reason},
                                  now);
    if (!plan) return std::unexpected(plan.error());
    action.changed = plan->changed;
    action.used_override = plan->used_override;
    delta = plan->delta;
  }
  holds_.apply(delta);
  return action;
}

Result<Action> FakeWriter::act(const writer::ActionRequest& request) {
  if (slow.valid()) {
    ++waiting;
    slow.wait();
  }
  const zone::HostView* host = nullptr;
  Action action;
  std::string host_name;
  {
    const std::scoped_lock lock(mutex_);
    asked.push_back(request);
    if (refusal) return std::unexpected(*refusal);
    const auto* service = snapshot_->find_service(request.service, &host);
    if (!service) return fail(Errc::no_such_service, "cannot find the service");
    if (auto why = unfit(request.verb, service->facts)) return std::unexpected(*why);
    action = {.id = random_uuid(),
              .service = request.service,
              .verb = request.verb,
              .actor = request.caller.actor,
              .door = Door::rest,
              .reason = request.reason,
              .requested = story_time()};
    if (request.verb == Verb::pause || request.verb == Verb::resume) {
      auto done = pause_or_resume(request, action);
      if (!done) return done;
      action = *done;
    }
    actions_.push_back(action);
    host_name = host->name;
  }
  change(host_name, [&](zone::HostView& view) {
    for (auto& service : view.services) {
      service.holds = holds_.active(service.facts.id);
      service.pause = pause_state(service.holds, service.enforcement);
    }
  });
  return action;
}

Result<Action> FakeWriter::action(const Uuid& id) const {
  const std::scoped_lock lock(mutex_);
  for (const Action& action : actions_)
    if (action.id == id) return action;
  return fail(Errc::no_such_action, "cannot find action " + to_string(id));
}

Result<std::vector<Action>> FakeWriter::actions(const Uuid& service, std::size_t limit,
                                                std::optional<Uuid> marker) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Action> found;
  bool behind = !marker;
  for (auto it = actions_.rbegin(); it != actions_.rend() && found.size() < limit; ++it) {
    if (behind && it->service == service) found.push_back(*it);
    behind = behind || it->id == *marker;
  }
  if (!behind) return fail(Errc::no_such_action, "cannot find the marker");
  return found;
}

Result<protocol::SyncAnswer> FakeWriter::sync(const protocol::SyncRequest&) {
  return fail(Errc::internal, "not part of these stories");
}

void FakeWriter::doorbell(const Uuid&, std::uint64_t, std::function<void()> ring) {
  const std::scoped_lock lock(mutex_);
  bells_.push_back(std::move(ring));
}

void FakeWriter::when_final(const Uuid& action, std::function<void()> done) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = std::ranges::find(actions_, action, &Action::id);
    if (known != actions_.end() && !is_final(known->outcome)) {
      waits_.emplace_back(action, std::move(done));
      return;
    }
  }
  done();
}

void FakeWriter::finish(const Uuid& action, Outcome outcome, const std::string& message) {
  std::vector<std::function<void()>> done;
  {
    const std::scoped_lock lock(mutex_);
    for (Action& known : actions_) {
      if (known.id != action) continue;
      known.outcome = outcome;
      known.message = message;
      known.finished = story_time() + std::chrono::seconds(1);
    }
    for (auto& [id, wait] : waits_)
      if (id == action) done.push_back(wait);
    std::erase_if(waits_, [&](const auto& wait) { return wait.first == action; });
  }
  for (const auto& call : done) call();
}

void FakeWriter::ring_all() {
  std::vector<std::function<void()>> bells;
  {
    const std::scoped_lock lock(mutex_);
    bells.swap(bells_);
  }
  for (const auto& bell : bells) bell();
}

Result<void> FakeWriter::remove_host(const Uuid& host, const Caller& caller) {
  const std::scoped_lock lock(mutex_);
  removed.push_back(to_string(host) + " by " + caller.actor);
  return {};
}

void FakeWriter::drain() {
  ring_all();
}

Result<void> FakeHostDoor::admit(const ca::HostIdentity& host) {
  if (revoked) return fail(Errc::access_denied, "the certificate of " + host.name + " is revoked");
  return {};
}
Result<std::string> FakeHostDoor::sync(const std::optional<ca::HostIdentity>& host, const std::string& body) {
  const std::scoped_lock lock(mutex);
  synced.push_back(host ? host->name : "anonymous");
  if (body.empty()) return fail(Errc::invalid_argument, "cannot read an empty body");
  return "{}";
}
Uuid FakeHostDoor::id_of(const ca::HostIdentity& host) {
  return host.id.is_nil() ? host_id(host.name) : host.id;
}
void FakeHostDoor::doorbell(const Uuid& host, std::uint64_t, std::function<void()> ring) {
  const std::scoped_lock lock(mutex);
  rung.push_back(host);
  bells.push_back(std::move(ring));
}
Result<std::string> FakeHostDoor::enrol(const std::string& body) {
  if (body == "taken") return fail(Errc::conflict, "cannot enrol: another host has the name");
  if (body != "good") return fail(Errc::access_denied, "cannot enrol: the join token is used or expired");
  return "{}";
}
Result<std::string> FakeHostDoor::renew(const ca::HostIdentity& host, const std::string&) {
  return "{\"renewed\":\"" + host.name + "\"}";
}
Result<void> FakeHostDoor::remove_enrolment(const std::string& name_or_id, const std::string&) {
  if (std::erase(enrolled, name_or_id) == 0) return fail(Errc::no_such_host, "it is not enrolled");
  return {};
}

RestDoor::RestDoor()
    : authenticator(three_tokens()),
      parts{.writer = writer,
            .authenticator = authenticator,
            .collections = collections,
            .hosts = hosts,
            .denied = [this](const Request& request, const Error& error) {
              const std::scoped_lock lock(denied_mutex);
              denied.push_back(request.method + " " + error.message);
              denied_actors.push_back(request.principal.name);
            }} {}

Reply RestDoor::ask(const std::string& method, const std::string& target, const With& with) {
  auto read = parse_target(target);
  if (!read) return fault(read.error());
  return answer(parts, {.method = method,
                        .path = std::move(read->path),
                        .query = std::move(read->query),
                        .body = with.body,
                        .token = with.token,
                        .if_none_match = with.if_none_match,
                        .prefer = with.prefer,
                        .content_type = with.content_type,
                        .connection = with.connection,
                        .id = random_uuid(),
                        .received = story_time()});
}

Reply RestDoor::act(const Uuid& service, const std::string& body, With with) {
  with.body = body;
  return ask("POST", "/services/" + to_string(service) + "/action", with);
}

nlohmann::json json_of(const Reply& reply) {
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  return json.is_discarded() ? nlohmann::json::object() : json;
}

std::string message_of(const Reply& reply) {
  const auto json = json_of(reply);
  if (!json.is_object() || json.size() != 1) return {};
  return json.begin()->value("message", std::string{});
}

}  // namespace nova::http::test
