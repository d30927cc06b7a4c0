// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_store/subjects.hpp"

#include <stdexcept>

#include "rest/store/sqlite_store.hpp"
#include "tests/unit/zone_store/fake_store.hpp"

namespace nova::store {
namespace {

class FakeSubject final : public Subject {
 public:
  Store& store() override { return store_; }
  void restart(bool booted) override {
    if (booted) store_.reboot();
  }

 private:
  FakeStore store_{monday};
};

class SqliteSubject final : public Subject {
 public:
  SqliteSubject() { open(); }
  Store& store() override { return *store_; }
  void restart(bool booted) override {
    store_.reset();
    if (booted) ++boots_;
    open();
  }

 private:
  void open() {
    auto opened = open_sqlite(
        {.file = directory_.path() / "zone.db", .now = monday, .boot_id = "boot " + std::to_string(boots_)});
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

  Scratch directory_;
  int boots_ = 1;
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Subject> fake_subject() {
  return std::make_unique<FakeSubject>();
}

std::unique_ptr<Subject> sqlite_subject() {
  return std::make_unique<SqliteSubject>();
}

Hold a_hold(std::uint8_t number, const Uuid& service) {
  return {.id = id(0xa0, number),
          .service = service,
          .owner = "maintenance",
          .actor = "alice",
          .reason = "disk swap, Größe 3″",
          .since = monday - Millis{5000},
          .recorded = monday,
          .until = monday + std::chrono::hours{1},
          .door = Door::rest,
          .enforce = {Enforcer::gate, Enforcer::user_actions}};
}

zone::ActionRecord an_action(std::uint8_t number, const Uuid& host, const Uuid& service) {
  return {host,
          {.id = id(0xac, number),
           .service = service,
           .verb = Verb::restart,
           .actor = "alice",
           .door = Door::rest,
           .reason = "new kernel",
           .requested = monday + Millis{number},
           .outcome = Outcome::accepted,
           .hold = id(0xa0, number),
           .changed = true,
           .used_override = true}};
}

zone::HostRecord a_host(std::uint8_t number, const std::string& name) {
  zone::HostRecord host{.id = id(number), .name = name, .last_seen = monday + Millis{1}};
  host.info = {.name = name + ".nova",
               .machine_id = "m",
               .os = "Debian",
               .kernel = "6.1",
               .architecture = "x86-64",
               .daemon = "0.1",
               .systemd = "252",
               .boot_time = monday - std::chrono::hours{1},
               .load1 = 0.25};
  for (const char* binary : {"nova-api", "nova-compute"}) {
    zone::StoredService service{.updated_at = monday - Millis{7}};
    service.facts = {.id = service_id(host.id, binary, "cell1"),
                     .binary = binary,
                     .instance = "cell1",
                     .kind = Kind::compute,
                     .controllable = false};
    service.facts.unit = {.name = std::string(binary) + "@cell1.service",
                          .load_state = "loaded",
                          .active_state = "active",
                          .sub_state = "running",
                          .unit_file_state = "enabled",
                          .freezer_state = "frozen",
                          .result = "success",
                          .invocation_id = "0123",
                          .main_pid = 42,
                          .restarts = 3,
                          .since = monday,
                          .aliases = {"a.service", "b.service"},
                          .payload_elsewhere = true};
    host.services.push_back(service);
  }
  return host;
}

}  // namespace nova::store
