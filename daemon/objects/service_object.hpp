// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/objects/authority.hpp"
#include "daemon/objects/encode.hpp"
#include "daemon/objects/objects.hpp"
#include "daemon/objects/sdbus_compat.hpp"
#include "service_adaptor.hpp"

namespace nova::objects {

/// What the methods of all services work with.
struct Desk {
  host::Agent& agent;
  Authority& authority;
  std::function<Now()> now;
  Denied denied;
};

/// The path of a unit's object.
std::string path_of(const std::string& unit);

/// One service on the bus. It shows a copy of the service's last state, so that a signal can carry just what
/// differs from it.
class ServiceObject final
    : public sdbus::AdaptorInterfaces<org::openstack::NovaHost1::Service_adaptor,
                                      sdbus::ManagedObject_adaptor, sdbus::Properties_adaptor> {
 public:
  ServiceObject(sdbus::IConnection& connection, Desk& desk, const host::Service& service);
  ~ServiceObject();
  ServiceObject(const ServiceObject&) = delete;
  ServiceObject& operator=(const ServiceObject&) = delete;

  const std::string& unit() const { return shown_.facts.unit.name; }
  /// Takes a new state and tells of the properties that differ.
  void show(const host::Service& service);

 private:
  using PauseReply = sdbus::Result<bool, Dictionary>;
  using ResumeReply = sdbus::Result<bool, std::vector<Dictionary>, std::string>;
  using CommandReply = sdbus::Result<std::string>;

  void Pause(PauseReply&& reply, std::string reason, Dictionary options) override;
  void Resume(ResumeReply&& reply, Dictionary options) override;
  void Start(CommandReply&& reply, Dictionary options) override;
  void Stop(CommandReply&& reply, Dictionary options) override;
  void Restart(CommandReply&& reply, Dictionary options) override;
  void Suspend(CommandReply&& reply, Dictionary options) override;
  std::vector<Dictionary> History(const uint32_t& limit) override;

  std::string Id() override { return to_string(shown_.facts.id); }
  std::string Unit() override { return shown_.facts.unit.name; }
  std::string Binary() override { return shown_.facts.binary; }
  std::string Instance() override { return shown_.facts.instance; }
  std::string Kind() override { return std::string(to_string(shown_.facts.kind)); }
  std::vector<std::string> Verbs() override { return verbs_for(shown_.facts.kind); }
  bool Controllable() override { return shown_.facts.controllable; }
  std::vector<std::string> Aliases() override { return shown_.facts.unit.aliases; }
  std::vector<std::string> ShadowedUnits() override { return shown_.shadowed; }
  std::string State() override { return std::string(to_string(state_of(shown_.facts.unit))); }
  std::string LoadState() override { return shown_.facts.unit.load_state; }
  std::string ActiveState() override { return shown_.facts.unit.active_state; }
  std::string SubState() override { return shown_.facts.unit.sub_state; }
  std::string UnitFileState() override { return shown_.facts.unit.unit_file_state; }
  std::string FreezerState() override { return shown_.facts.unit.freezer_state; }
  std::string Result() override { return shown_.facts.unit.result; }
  uint32_t MainPID() override { return shown_.facts.unit.main_pid; }
  uint32_t NRestarts() override { return shown_.facts.unit.restarts; }
  std::vector<uint8_t> InvocationID() override { return id_bytes(shown_.facts.unit.invocation_id); }
  uint64_t StateChangeTimestamp() override { return microseconds(shown_.facts.unit.since); }
  bool PayloadElsewhere() override { return shown_.facts.unit.payload_elsewhere; }
  bool Held() override { return shown_.pause.held; }
  bool Paused() override { return shown_.pause.paused; }
  std::string Phase() override { return std::string(to_string(shown_.pause.phase)); }
  std::vector<Dictionary> Holds() override { return encode(shown_.holds); }
  std::map<std::string, Dictionary> Enforcement() override { return encode(shown_.enforcement); }

  Call call() const;
  Authority::Question question(Verb verb, bool override_) const;
  void command(Verb verb, CommandReply&& reply, const Dictionary& options);

  Desk& desk_;
  host::Service shown_;
};

}  // namespace nova::objects
