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

/// The system bus: one connection for sdbus-c++'s objects and for plain sd-bus alike, and one for questions
/// about callers (the bus allows each a limited number of open calls), driven by the daemon's own loop.
/// Losing the bus ends the loop with a failure, so that systemd starts the daemon anew (a daemon that lost
/// its bus would look healthy and be deaf).
class Connection {
 public:
  static Result<Connection> open_system(sd_event* loop);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  sd_bus* raw() const { return raw_; }
  /// For Authority. What it hears comes before new calls, so that calls do not pile up behind them.
  sd_bus* questions() const { return questions_.get(); }
  sdbus::IConnection& objects() const { return *connection_; }
  /// Takes the well-known name; Errc::conflict where somebody else has it.
  Result<void> take_name();
  /// Sends what is queued and lets go of the loop: the last thing to do before it ends.
  void detach();

  static constexpr const char* name = "org.openstack.NovaHost1";

 private:
  struct Close {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  };
  using Questions = std::unique_ptr<sd_bus, Close>;
  Connection(std::unique_ptr<sdbus::IConnection> connection, sd_bus* raw, Questions questions);

  std::unique_ptr<sdbus::IConnection> connection_;
  sd_bus* raw_ = nullptr;  // owned by connection_
  Questions questions_;
};

}  // namespace nova::objects
