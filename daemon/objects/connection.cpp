// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/connection.hpp"

#include <cstring>

#include "daemon/objects/sdbus_compat.hpp"

namespace nova::objects {
namespace {

#if __has_include(<sdbus-c++/VTableItems.h>)  // 2.x: sdbus takes a connection of ours

std::pair<std::unique_ptr<sdbus::IConnection>, sd_bus*> connect() {
  sd_bus* raw = nullptr;
  if (const int error = sd_bus_open_system_with_description(&raw, "novahostd"); error < 0)
    throw make_error("org.freedesktop.DBus.Error.NoServer", std::strerror(-error));
  return {sdbus::createBusConnection(raw), raw};
}

#else  // 1.x: sdbus makes the connection, and gives it away only inside a message

std::pair<std::unique_ptr<sdbus::IConnection>, sd_bus*> connect() {
  auto connection = sdbus::createSystemBusConnection();
  const auto proxy = sdbus::createProxy(*connection, "org.freedesktop.DBus", "/org/freedesktop/DBus");
  const auto call = proxy->createMethodCall("org.freedesktop.DBus.Peer", "Ping");
  sd_bus* raw = sd_bus_message_get_bus(RawMessage::of(call));
  return {std::move(connection), raw};
}

#endif

}  // namespace

Connection::Connection(std::unique_ptr<sdbus::IConnection> connection, sd_bus* raw, Questions questions)
    : connection_(std::move(connection)), raw_(raw), questions_(std::move(questions)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open_system(sd_event* loop) {
  try {
    auto [connection, raw] = connect();
    sd_bus* asking = nullptr;
    int error = sd_bus_open_system_with_description(&asking, "novahostd-questions");
    Questions questions(asking);
    if (error >= 0) error = sd_bus_attach_event(raw, loop, SD_EVENT_PRIORITY_NORMAL);
    if (error >= 0) error = sd_bus_attach_event(asking, loop, SD_EVENT_PRIORITY_NORMAL - 10);
    if (error < 0)
      return fail(Errc::unavailable, std::string("cannot watch the system bus: ") + std::strerror(-error));
    for (sd_bus* bus : {raw, asking}) sd_bus_set_exit_on_disconnect(bus, 1);
    return Connection(std::move(connection), raw, std::move(questions));
  } catch (const sdbus::Error& error) {
    return fail(Errc::unavailable, "cannot reach the system bus: " + error.getMessage());
  }
}

Result<void> Connection::take_name() {
  const int error = sd_bus_request_name(raw_, name, 0);
  if (error == -EEXIST || error == -EALREADY)
    return fail(Errc::conflict,
                std::string("cannot take the bus name ") + name + ": another novahostd has it");
  if (error < 0)
    return fail(Errc::unavailable, std::string("cannot take the bus name ") + name + ": " +
                                       std::strerror(-error) +
                                       "; is its bus policy installed, and is this the user novahost?");
  return {};
}

void Connection::detach() {
  for (sd_bus* bus : {raw_, questions_.get()}) {
    sd_bus_set_exit_on_disconnect(bus, 0);
    sd_bus_flush(bus);
    sd_bus_detach_event(bus);
  }
}

}  // namespace nova::objects
