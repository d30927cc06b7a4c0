// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/host_object.hpp"

#include "daemon/objects/service_object.hpp"

namespace nova::objects {
namespace {

constexpr const char* host_path = "/org/openstack/NovaHost1";
constexpr std::size_t longest_word = 1000;  // characters, of what the zone or a file says

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
                "cannot find a service called \"" + shortened(name, 255) + "\" on this host", "name");
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

void HostObject::show(const ZoneView& said) {
  // One property that is no UTF-8 would take all of them off the bus.
  const ZoneView zone{shortened(said.name, longest_word), shortened(said.url, longest_word), said.connected,
                      shortened(said.trouble, longest_word)};
  std::vector<PropertyName> names;
  if (zone.name != zone_.name) names.emplace_back("Zone");
  if (zone.url != zone_.url) names.emplace_back("ZoneURL");
  if (zone.connected != zone_.connected) names.emplace_back("ZoneConnected");
  if (zone.trouble != zone_.trouble) names.emplace_back("ZoneTrouble");
  zone_ = zone;
  if (!names.empty())
    getObject().emitPropertiesChangedSignal(InterfaceName{Host_adaptor::INTERFACE_NAME}, names);
}

std::string HostObject::OperatingSystem() {
  return shortened(agent_.host().info().os, longest_word);
}

sdbus::ObjectPath HostObject::GetService(const std::string& name) {
  const auto service = find(agent_.host(), name);
  // sdbus turns its own kind of exception into the error reply.
  if (!service) throw error_reply(service.error());
  return sdbus::ObjectPath{path_of((*service)->facts.unit.name)};
}

}  // namespace nova::objects
