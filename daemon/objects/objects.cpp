// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/objects.hpp"

#include <map>

#include "daemon/objects/host_object.hpp"
#include "daemon/objects/service_object.hpp"

namespace nova::objects {

struct Objects::Impl {
  Impl(Connection& with, host::Agent& agent, std::function<Now()> now, Denied denied)
      : connection(with.objects()),
        authority(with.questions()),
        desk{agent, authority, std::move(now), std::move(denied)},
        host(connection, agent) {}

  /// Brings one service's object to where the service is.
  void follow(const Uuid& id) {
    const host::Service* service = desk.agent.host().find(id);
    const auto object = services.find(id);
    const bool same_unit =
        service && object != services.end() && object->second->unit() == service->facts.unit.name;
    if (same_unit) {
      object->second->show(*service);
      return;
    }
    if (object != services.end()) services.erase(object);  // its path is its unit's
    if (service) services.emplace(id, std::make_unique<ServiceObject>(connection, desk, *service));
  }

  sdbus::IConnection& connection;
  Authority authority;
  Desk desk;
  HostObject host;
  std::map<Uuid, std::unique_ptr<ServiceObject>> services;
};

Objects::Objects(Connection& connection, host::Agent& agent, std::function<Now()> now, Denied denied)
    : impl_(std::make_unique<Impl>(connection, agent, std::move(now), std::move(denied))) {
  for (const auto& [id, service] : agent.host().services()) impl_->follow(id);
  agent.add(*this);
}

Objects::~Objects() {
  impl_->desk.agent.remove(*this);
}

void Objects::changed(const host::Changes& changes) {
  try {
    for (const host::Change& change : changes) impl_->follow(change.service);
  } catch (const sdbus::Error&) {
    // Only a lost bus does this; the connection then ends the loop, and the daemon starts anew.
  }
}

void Objects::show_zone(const ZoneView& zone) {
  try {
    impl_->host.show(zone);
  } catch (const sdbus::Error&) {
  }
}

}  // namespace nova::objects
