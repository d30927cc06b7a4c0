// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <memory>

#include "model/error.hpp"

namespace sdbus {
class IConnection;
}

namespace nova::objects {

/// The system bus: one connection for sdbus-c++'s objects and for plain sd-bus alike, driven by the daemon's
/// own loop. Losing the bus ends the loop with a failure, so that systemd starts the daemon anew (a daemon
/// that lost its bus would look healthy and be deaf).
class Connection {
 public:
  static Result<Connection> open_system(sd_event* loop);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  sd_bus* raw() const { return raw_; }
  sdbus::IConnection& objects() const { return *connection_; }
  /// Takes the well-known name; Errc::conflict where somebody else has it.
  Result<void> take_name();
  /// Sends what is queued and lets go of the loop: the last thing to do before it ends.
  void detach();

  static constexpr const char* name = "org.openstack.NovaHost1";

 private:
  Connection(std::unique_ptr<sdbus::IConnection> connection, sd_bus* raw);

  std::unique_ptr<sdbus::IConnection> connection_;
  sd_bus* raw_ = nullptr;  // owned by connection_
};

}  // namespace nova::objects
