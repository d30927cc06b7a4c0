// SPDX-License-Identifier: Apache-2.0
#include "tests/support/simulator/fleet.hpp"

#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/federation/link.hpp"
#include "daemon/host/agent.hpp"

namespace nova::simulator {
namespace {

/// The ids of simulated hosts are made of their names, so that a restarted simulator is the same fleet.
constexpr Uuid fleet_space{
    {0x5a, 0x1c, 0x9b, 0x7e, 0x40, 0x13, 0x4c, 0x2d, 0x8f, 0x66, 0xd0, 0xa1, 0x02, 0x39, 0x7c, 0x54}};

Now clocks() {
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  return {.wall = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()),
          .boot = BootTime{std::chrono::seconds{boot.tv_sec} + Millis{boot.tv_nsec / 1'000'000}},
          .synchronised = true};
}

class NoDisk final : public host::HoldStore {
 public:
  Result<host::Saved> load() override { return host::Saved{.born = clocks().wall}; }
  Result<void> save(const host::Saved&) override { return {}; }
  Result<void> archive(const HoldDelta&) override { return {}; }
  const HoldDelta& archived() const override { return none_; }

 private:
  HoldDelta none_;
};

/// Does at once what it is told, and answers from the loop.
class NoSystemd final : public host::UnitControl {
 public:
  explicit NoSystemd(sd_event* loop) : loop_(loop) {}
  void perform(const host::UnitJob&, Done done) override { later(std::move(done)); }
  void thaw(const std::string&, Done done) override { later(std::move(done)); }
  void active_targets(std::function<void(Result<std::vector<std::string>>)>) override {}
  void set_target(const std::string&, bool, Done done) override { later(std::move(done)); }

 private:
  void later(Done done) {
    sd_event_source* source = nullptr;
    sd_event_add_defer(loop_, &source, on_defer, new Done(std::move(done)));
    sd_event_source_set_floating(source, 1);
    sd_event_source_unref(source);
  }
  static int on_defer(sd_event_source* source, void* done) {
    const std::unique_ptr<Done> owned(static_cast<Done*>(done));
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    sd_event_source_set_floating(source, 0);
    (*owned)({});
    return 0;
  }

  sd_event* loop_;
};

host::FoundUnit unit(int number) {
  constexpr std::pair<const char*, Kind> kinds[] = {{"nova-compute", Kind::compute},
                                                    {"nova-api", Kind::api},
                                                    {"nova-scheduler", Kind::scheduler},
                                                    {"nova-conductor", Kind::conductor},
                                                    {"nova-novncproxy", Kind::console_proxy}};
  const auto& [binary, kind] = kinds[static_cast<std::size_t>(number) % std::size(kinds)];
  const int instance = number / static_cast<int>(std::size(kinds));
  host::FoundUnit found{
      .binary = binary, .instance = instance == 0 ? "" : "i" + std::to_string(instance), .kind = kind};
  found.facts = {.name = found.binary + (found.instance.empty() ? "" : "@" + found.instance) + ".service",
                 .load_state = "loaded",
                 .active_state = "active",
                 .sub_state = "running",
                 .unit_file_state = "enabled",
                 .freezer_state = "running",
                 .result = "success",
                 .invocation_id = "0123456789abcdef0123456789abcdef",
                 .main_pid = 1000U + static_cast<std::uint32_t>(number),
                 .since = clocks().wall};
  return found;
}

std::string name_of(const FleetSettings& settings, int number) {
  const auto digits = std::to_string(number);
  return settings.prefix + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

federation::LinkSettings link_settings(const FleetSettings& settings, const std::string& name) {
  federation::LinkSettings link{.urls = settings.urls, .files = {.ca = settings.ca}};
  if (settings.certificates.empty()) return link;
  link.files.certificate = settings.certificates / (name + ".crt");
  link.files.key = settings.certificates / (name + ".key");
  return link;
}

}  // namespace

class SimulatedHost {
 public:
  using Tell = std::function<void(const federation::LinkState& before, const federation::LinkState& now)>;

  SimulatedHost(sd_event* loop, const FleetSettings& settings, const std::string& name, Tell tell)
      : control_(loop),
        agent_(name_uuid(fleet_space, name),
               HostInfo{.name = name,
                        .machine_id = std::string(32, 'a'),
                        .os = "Debian GNU/Linux 12 (bookworm)",
                        .kernel = "6.1.0",
                        .architecture = "x86-64",
                        .daemon = "simulated",
                        .systemd = "252"},
               host::Saved{.born = clocks().wall}, {.require_reason = false, .has_zone = true},
               {disk_, control_, random_uuid, clocks}),
        tell_(std::move(tell)) {
    for (int i = 0; i < settings.services; ++i) units_.push_back(unit(i));
    agent_.observe(units_, clocks());
    link_.emplace(loop, agent_, link_settings(settings, name),
                  federation::Link::Ports{clocks, [this](const federation::LinkState& now) {
                                            tell_(before_, now);
                                            before_ = now;
                                          }});
  }

  void change(int service) {
    auto& facts = units_.at(static_cast<std::size_t>(service)).facts;
    ++facts.main_pid;
    ++facts.restarts;
    facts.since = clocks().wall;
    agent_.observe(units_, clocks());
  }
  Result<host::PauseAnswer> pause(const std::string& actor, const std::string& reason) {
    return agent_.pause({.service = service_id(agent_.host().id(), "nova-compute", ""),
                         .caller = {.actor = actor, .door = Door::bus},
                         .owner = "",
                         .reason = reason},
                        clocks());
  }

 private:
  NoDisk disk_;
  NoSystemd control_;
  host::Agent agent_;
  std::vector<host::FoundUnit> units_;
  Tell tell_;
  federation::LinkState before_;
  std::optional<federation::Link> link_;
};

Fleet::Fleet(sd_event* loop, FleetSettings settings) : settings_(std::move(settings)) {
  const auto tell = [this](const federation::LinkState& before, const federation::LinkState& now) {
    count_.connected += (now.connected ? 1 : 0) - (before.connected ? 1 : 0);
    if (now.trouble.empty()) return;
    ++count_.troubles;
    count_.trouble = now.trouble;
  };
  for (int i = 0; i < settings_.hosts; ++i)
    hosts_.push_back(std::make_unique<SimulatedHost>(loop, settings_, name_of(settings_, i), tell));
}

Fleet::~Fleet() = default;

void Fleet::change(int host, int service) {
  hosts_.at(static_cast<std::size_t>(host))->change(service);
  ++count_.changes;
}

void Fleet::change_any() {
  change(std::uniform_int_distribution<>(0, settings_.hosts - 1)(chance_),
         std::uniform_int_distribution<>(0, settings_.services - 1)(chance_));
}

std::string Fleet::pause(int host, const std::string& actor, const std::string& reason) {
  const auto answer = hosts_.at(static_cast<std::size_t>(host))->pause(actor, reason);
  return answer ? to_string(answer->hold.id) : answer.error().message;
}

}  // namespace nova::simulator
