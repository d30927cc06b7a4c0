// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/objects/objects.hpp"
#include "daemon/objects/sdbus_compat.hpp"
#include "host_adaptor.hpp"

namespace nova::objects {

/// The host itself, and the manager of its services' objects.
class HostObject final
    : public sdbus::AdaptorInterfaces<org::openstack::NovaHost1::Host_adaptor, sdbus::ObjectManager_adaptor,
                                      sdbus::Properties_adaptor> {
 public:
  HostObject(sdbus::IConnection& connection, const host::Agent& agent);
  ~HostObject();
  HostObject(const HostObject&) = delete;
  HostObject& operator=(const HostObject&) = delete;

  void show(const ZoneView& zone);

 private:
  sdbus::ObjectPath GetService(const std::string& name) override;

  std::string Id() override { return to_string(agent_.host().id()); }
  std::string Name() override { return agent_.host().info().name; }
  std::string Version() override { return agent_.host().info().daemon; }
  std::string MachineID() override { return agent_.host().info().machine_id; }
  std::string OperatingSystem() override;
  std::string Kernel() override { return agent_.host().info().kernel; }
  bool RequireReason() override { return agent_.settings().require_reason; }
  std::string Zone() override { return zone_.name; }
  std::string ZoneURL() override { return zone_.url; }
  bool ZoneConnected() override { return zone_.connected; }
  std::string ZoneTrouble() override { return zone_.trouble; }

  const host::Agent& agent_;
  ZoneView zone_;
};

}  // namespace nova::objects
