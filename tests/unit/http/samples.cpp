// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "tests/unit/http/fake_zone.hpp"

// Prints the route table and real answers of the door as JSON, for test_openapi.py to compare with
// rest/openapi.yaml.
namespace {

using namespace nova;
using namespace nova::http::test;
using nlohmann::json;

json routes_as_json() {
  json list = json::array();
  for (const auto& route : http::routes())
    list.push_back({{"method", route.method},
                    {"path", route.path},
                    {"open", route.access == http::Access::open},
                    {"host", route.access == http::Access::host}});
  return list;
}

class Sampler {
 public:
  /// Asks, and notes the answer under the route that it belongs to.
  http::Reply take(const std::string& method, const std::string& route, const std::string& target,
                   const With& with = {.token = "the admin's token"}) {
    http::Reply reply = door.ask(method, target, with);
    if (reply.parked) reply = reply.parked->then();
    const bool is_json = reply.content_type == "application/json" && !reply.body.empty();
    samples.push_back({{"method", method},
                       {"path", route},
                       {"status", reply.status},
                       {"allow", reply.header("Allow")},
                       {"location", reply.header("Location")},
                       {"request", with.body},
                       {"body", is_json ? json::parse(reply.body) : json()}});
    return reply;
  }

  RestDoor door;
  json samples = json::array();
};

void sample_journal(Sampler& sampler) {
  const Uuid compute = FakeWriter::service("compute1", "nova-compute");
  sampler.door.writer.change("compute1", [&](zone::HostView& host) {
    const auto pulse = pulse_of(story_time());
    pulse->take_journal({.since = story_time(), .as_of = story_time()});
    host.pulse = pulse;
    host.journal = std::make_shared<const zone::JournalBook>(
        zone::JournalBook{{compute, {journal_entry("cannot reach rabbit"), journal_entry("")}}});
  });
  sampler.take("GET", "/services/{id}", "/services/" + to_string(compute));
}

void sample_services(Sampler& sampler) {
  const std::string compute = to_string(FakeWriter::service("compute1", "nova-compute"));
  const std::string one = "/services/{id}";
  const std::string none = "00000000-0000-4000-8000-000000000000";
  for (const char* body :
       {R"({"pause": {"reason": "disk swap", "until": "2026-11-24T08:00:00Z", "enforce": ["gate"]}})",
        R"({"PAUSE": null})", R"({"RESUME": {"all": true}})", R"({"restart": {"deadline": 30}})",
        R"({"suspend": {"force": true}})", R"({"pause": {"unitl": "x"}})"})
    sampler.take("POST", one + "/action", "/services/" + compute + "/action",
                 {.token = "the admin's token", .body = body});
  sampler.take("POST", one + "/action", "/services/" + compute + "/action",
               {.token = "the admin's token", .body = R"({"pause": {"owner": "anna"}})"});
  sampler.take("POST", one + "/action", "/services/" + compute + "/action",
               {.token = "the operator's token", .body = R"({"resume": {}})"});
  sampler.take("POST", one + "/actions", "/services/" + compute + "/actions",
               {.token = "the reader's token", .body = R"({"pause": {}})"});
  const auto record = sampler.take("POST", one + "/actions", "/services/" + compute + "/actions",
                                   {.token = "the admin's token", .body = R"({"pause": {}})"});
  sampler.take("GET", one + "/actions/{request_id}", std::string(record.header("Location")));
  const std::string act = "/services/" + compute + "/action";
  const std::string pause = R"({"pause": {"owner": "rest"}})";
  sampler.take("POST", one + "/action", act,
               {.token = "the admin's token", .body = pause, .prefer = "wait=1"});
  sampler.take("POST", one + "/action", act,
               {.token = "the admin's token", .body = pause, .content_type = "text/plain"});
  sampler.take("POST", one + "/action", act,
               {.token = "the admin's token",
                .body = R"({"pause": {"reason": ")" + std::string(70000, 'x') + R"("}})"});
  sampler.door.writer.refusal =
      Error{Errc::storage_failed, "cannot write: the disk is full; nothing was changed", {}};
  sampler.take("POST", one + "/action", act, {.token = "the admin's token", .body = pause});
  sampler.door.writer.refusal.reset();
  sampler.take("GET", one + "/actions", "/services/" + compute + "/actions?limit=2");
  sampler.take("GET", "/services", "/services");
  sampler.take("GET", "/services", "/services?limit=2");
  sampler.take("GET", "/services", "/services?nonsense=2");
  sampler.take("GET", "/services", "/services", {.token = "wrong"});
  sampler.take("GET", one, "/services/" + compute);
  sampler.take("GET", one, "/services/" + none);
  sampler.take("GET", one, "/services/17");
}

void sample_not_modified(Sampler& sampler) {
  for (const auto& [route, target] : {std::pair<std::string, std::string>{"/services", "/services"},
                                      {"/hosts", "/hosts"},
                                      {"/hosts/{host}", "/hosts/compute1"}}) {
    const std::string tag(sampler.door.ask("GET", target).header("ETag"));
    sampler.take("GET", route, target, {.token = "the admin's token", .if_none_match = tag});
  }
}

void sample_bad_methods(Sampler& sampler) {
  const std::string compute = to_string(FakeWriter::service("compute1", "nova-compute"));
  for (const char* method : {"PUT", "PATCH", "OPTIONS"}) {
    for (const char* path : {"/", "/services", "/hosts", "/federation/v1/sync"})
      sampler.take(method, path, path);
    sampler.take(method, "/services/{id}", "/services/" + compute);
    sampler.take(method, "/services/{id}/action", "/services/" + compute + "/action");
    sampler.take(method, "/services/{id}/actions", "/services/" + compute + "/actions");
    sampler.take(method, "/hosts/{host}", "/hosts/compute1");
  }
}

}  // namespace

int main() {
  Sampler sampler;
  sample_services(sampler);
  sample_journal(sampler);
  sample_not_modified(sampler);
  sample_bad_methods(sampler);
  for (const char* path : {"/", "/v1.1", "/healthz", "/openapi.yaml", "/hosts"})
    sampler.take("GET", path, path);
  sampler.take("GET", "/hosts/{host}", "/hosts/compute2");
  sampler.take("GET", "/hosts/{host}", "/hosts/nobody");
  sampler.take("DELETE", "/hosts/{host}", "/hosts/compute2");
  sampler.take("POST", "/federation/v1/sync", "/federation/v1/sync");
  sampler.take("POST", "/federation/v1/renew", "/federation/v1/renew");
  sampler.take("GET", "/federation/v1/doorbell", "/federation/v1/doorbell");
  sampler.take("POST", "/federation/v1/enrol", "/federation/v1/enrol", {.body = "good"});
  std::cout << json{{"routes", routes_as_json()}, {"samples", sampler.samples}}.dump(1) << "\n";
}
