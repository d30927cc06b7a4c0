// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/host_object.hpp"

#include "daemon/objects/errors.hpp"
#include "daemon/objects/service_object.hpp"

namespace nova::objects {
namespace {

constexpr const char* host_path = "/org/openstack/NovaHost1";

/// A service by its unit, an alias, its id, or its binary where only one has it.
nova::Result<const host::Service*> find(const host::Host& host, const std::string& name) {
  if (const auto* found = host.find_unit(name)) return found;
  if (const auto* found = host.find_unit(name + ".service")) return found;
  if (const auto id = parse_uuid(name))
    if (const auto* found = host.find(*id)) return found;
  std::vector<const host::Service*> same_binary;
  std::string units;
  for (const auto& [id, service] : host.services()) {
    if (service.facts.binary != name) continue;
    same_binary.push_back(&service);
    units += (units.empty() ? "" : ", ") + service.facts.unit.name;
  }
  if (same_binary.size() > 1)
    return fail(Errc::invalid_argument, "cannot tell which " + name + " is meant: name one of " + units,
                "name");
  if (same_binary.empty())
    return fail(Errc::no_such_service,
                "cannot find a service called \"" + name.substr(0, 255) + "\" on this host", "name");
  return same_binary.front();
}

}  // namespace

HostObject::HostObject(sdbus::IConnection& connection, const host::Agent& agent)
    : AdaptorInterfaces(connection, sdbus::ObjectPath{host_path}), agent_(agent) {
  registerAdaptor();
}

HostObject::~HostObject() {
  unregisterAdaptor();
}

void HostObject::show(const ZoneView& zone) {
  std::vector<PropertyName> names;
  if (zone.name != zone_.name) names.emplace_back("Zone");
  if (zone.url != zone_.url) names.emplace_back("ZoneURL");
  if (zone.connected != zone_.connected) names.emplace_back("ZoneConnected");
  if (zone.trouble != zone_.trouble) names.emplace_back("ZoneTrouble");
  zone_ = zone;
  if (!names.empty())
    getObject().emitPropertiesChangedSignal(InterfaceName{Host_adaptor::INTERFACE_NAME}, names);
}

sdbus::ObjectPath HostObject::GetService(const std::string& name) {
  const auto service = find(agent_.host(), name);
  // sdbus turns its own kind of exception into the error reply.
  if (!service) throw make_error(dbus_name(service.error().code), service.error().message);
  return sdbus::ObjectPath{path_of((*service)->facts.unit.name)};
}

}  // namespace nova::objects
