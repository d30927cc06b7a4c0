// SPDX-License-Identifier: Apache-2.0
#include "daemon/unit_door.hpp"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include "model/hold.hpp"

namespace nova {
namespace {

constexpr const char* bus_name = "org.openstack.NovaHost1";
constexpr const char* held_by_others = "org.openstack.NovaHost1.Error.HeldByOthers";
constexpr std::size_t longest_line = 4096;

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
  /// Apart what trying again would not help.
  Errc code() const {
    if (is("org.openstack.NovaHost1.Error.NoSuchService")) return Errc::no_such_service;
    if (is("org.openstack.NovaHost1.Error.NotSupported")) return Errc::not_supported;
    return Errc::unavailable;
  }
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
  if (code < 0 || sd_bus_message_read(raw, "o", &path) < 0) return fail(error.code(), error.text(code));
  return std::string(path);
}

/// The manager is on its way down: what stops units now is not an operator. An error where it does not say.
Result<bool> machine_is_stopping(sd_bus* bus) {
  BusError error;
  char* state = nullptr;
  const int code =
      sd_bus_get_property_string(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                 "org.freedesktop.systemd1.Manager", "SystemState", &error.error, &state);
  const std::unique_ptr<char, decltype(&std::free)> owned(state, std::free);
  if (code < 0)
    return fail(Errc::unavailable,
                "cannot ask systemd whether the machine is going down (" + error.text(code) + ")");
  return std::strcmp(state, "stopping") == 0;
}

/// The first line of a file, no more of it than could be a reason; "" where there is none.
std::string first_line(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(longest_line, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  text.resize(std::min(text.find('\n'), text.size()));
  text.resize(text.find_last_not_of(" \t\r") + 1);
  return text;
}

struct Reason {
  std::string text;
  std::string trouble;  ///< why it is not the administrator's, or ""
};

/// A pause that was enabled must not be missing because its reason cannot be used.
Reason reason_for(const std::string& instance, const std::string& reasons) {
  const std::string file = reasons + "/" + instance + ".reason";
  const std::string line = first_line(file);
  const std::string fixed = "novahost-pause@" + instance + ".service is started";
  if (line.empty()) return {fixed, ""};
  if (const auto good = check_reason(line, false); !good)
    return {fixed,
            "; its reason is a fixed one, for that in " + file + " is not fit: " + good.error().message};
  return {line, ""};
}

std::unexpected<Error> stays_held(const std::string& instance, const Error& why) {
  return fail(why.code, instance + ".service stays held: " + why.message +
                            "; to release the unit's hold, start novahost-pause@" + instance +
                            ".service and stop it again");
}

}  // namespace

Result<std::string> pause_by_unit(const std::string& instance, const std::string& reasons) {
  const auto bus = open();
  if (!bus) return std::unexpected(bus.error());
  const auto path = path_of(bus->get(), instance);
  if (!path) return path;
  const Reason reason = reason_for(instance, reasons);
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code =
      sd_bus_call_method(bus->get(), bus_name, path->c_str(), "org.openstack.NovaHost1.Service", "Pause",
                         &error.error, &raw, "sa{sv}", reason.text.c_str(), 1, "door", "s", "unit");
  const Message reply(raw);
  int changed = 0;
  if (code < 0 || sd_bus_message_read(raw, "b", &changed) < 0) return fail(error.code(), error.text(code));
  return instance + ".service is held" + (changed ? "" : "; it was already") + reason.trouble;
}

Result<std::string> resume_by_unit(const std::string& instance) {
  const auto bus = open();
  if (!bus) return stays_held(instance, bus.error());
  const auto stopping = machine_is_stopping(bus->get());
  if (!stopping) return stays_held(instance, stopping.error());
  if (*stopping) return instance + ".service stays held: the machine is going down";
  const auto path = path_of(bus->get(), instance);
  if (!path) return stays_held(instance, path.error());
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = sd_bus_call_method(bus->get(), bus_name, path->c_str(), "org.openstack.NovaHost1.Service",
                                      "Resume", &error.error, &raw, "a{sv}", 1, "door", "s", "unit");
  const Message reply(raw);
  if (error.is(held_by_others)) return instance + ".service was not held by its unit any more";
  if (code < 0) return stays_held(instance, {error.code(), error.text(code), {}});
  return instance + ".service: the unit's hold is released";
}

}  // namespace nova
