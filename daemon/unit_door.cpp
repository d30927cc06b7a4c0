// SPDX-License-Identifier: Apache-2.0
#include "daemon/unit_door.hpp"

#include <systemd/sd-bus.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

namespace nova {
namespace {

constexpr const char* bus_name = "org.openstack.NovaHost1";
constexpr const char* held_by_others = "org.openstack.NovaHost1.Error.HeldByOthers";

struct CloseBus {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;
using Message = std::unique_ptr<sd_bus_message, Unref>;

/// An error of the bus, freed with its owner.
struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error); }
  std::string text(int code) const { return error.message ? error.message : std::strerror(-code); }
  bool is(const char* name) const { return sd_bus_error_has_name(&error, name) > 0; }
};

Result<Bus> open() {
  sd_bus* raw = nullptr;
  if (const int code = sd_bus_open_system(&raw); code < 0)
    return fail(Errc::unavailable, std::string("cannot reach the system bus: ") + std::strerror(-code));
  return Bus(raw);
}

Result<std::string> path_of(sd_bus* bus, const std::string& instance) {
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code =
      sd_bus_call_method(bus, bus_name, "/org/openstack/NovaHost1", "org.openstack.NovaHost1.Host",
                         "GetService", &error.error, &raw, "s", (instance + ".service").c_str());
  const Message reply(raw);
  const char* path = nullptr;
  if (code < 0 || sd_bus_message_read(raw, "o", &path) < 0) return fail(Errc::unavailable, error.text(code));
  return std::string(path);
}

/// The manager is on its way down: what stops units now is not an operator.
bool machine_is_stopping(sd_bus* bus) {
  BusError error;
  char* state = nullptr;
  const int code =
      sd_bus_get_property_string(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                 "org.freedesktop.systemd1.Manager", "SystemState", &error.error, &state);
  const std::unique_ptr<char, decltype(&std::free)> owned(state, std::free);
  return code >= 0 && std::strcmp(state, "stopping") == 0;
}

std::string reason_for(const std::string& instance, const std::string& reasons) {
  std::ifstream in(reasons + "/" + instance + ".reason");
  std::string line;
  std::getline(in, line);
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  return line.empty() ? "novahost-pause@" + instance + ".service is started" : line;
}

}  // namespace

Result<std::string> pause_by_unit(const std::string& instance, const std::string& reasons) {
  const auto bus = open();
  if (!bus) return std::unexpected(bus.error());
  const auto path = path_of(bus->get(), instance);
  if (!path) return path;
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = sd_bus_call_method(bus->get(), bus_name, path->c_str(), "org.openstack.NovaHost1.Service",
                                      "Pause", &error.error, &raw, "sa{sv}",
                                      reason_for(instance, reasons).c_str(), 1, "door", "s", "unit");
  const Message reply(raw);
  int changed = 0;
  if (code < 0 || sd_bus_message_read(raw, "b", &changed) < 0)
    return fail(Errc::unavailable, error.text(code));
  return instance + ".service is held" + (changed ? "" : "; it was already");
}

Result<std::string> resume_by_unit(const std::string& instance) {
  const auto bus = open();
  if (!bus) return std::unexpected(bus.error());
  if (machine_is_stopping(bus->get())) return instance + ".service stays held: the machine is going down";
  const auto path = path_of(bus->get(), instance);
  if (!path) return path;
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = sd_bus_call_method(bus->get(), bus_name, path->c_str(), "org.openstack.NovaHost1.Service",
                                      "Resume", &error.error, &raw, "a{sv}", 1, "door", "s", "unit");
  const Message reply(raw);
  if (error.is(held_by_others)) return instance + ".service was not held by its unit any more";
  if (code < 0) return fail(Errc::unavailable, error.text(code));
  return instance + ".service: the unit's hold is released";
}

}  // namespace nova
