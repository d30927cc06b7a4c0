// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>

#include "daemon/systemd/handles.hpp"
#include "model/error.hpp"
#include "model/time.hpp"

namespace nova::systemd {

// systemd's names on the bus (org.freedesktop.systemd1(5)).
inline constexpr const char* systemd_name = "org.freedesktop.systemd1";
inline constexpr const char* manager_path = "/org/freedesktop/systemd1";
inline constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
inline constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
inline constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";

/// Method calls on their way. Each answer is handed to its function once; what is still on its way when this
/// is destroyed is given up silently.
class Calls {
 public:
  /// Gets the reply, which may be an error reply (failure_of tells).
  using Answer = std::function<void(sd_bus_message* reply)>;

  explicit Calls(sd_bus* bus) : bus_(bus) {}
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// A new message to systemd, to be filled and sent; null where the connection is closed.
  Message to_manager(const char* method) const;
  Message to_unit(const std::string& unit, const char* interface, const char* method) const;

  /// Queues the call; it never waits. Errc::unavailable where the connection does not take it (a null call
  /// included); then `answer` is not called.
  /// @param patience how long an answer may take; nothing: as long as sd-bus finds right (25 s)
  Result<void> send(Message call, Answer answer, std::optional<Millis> patience = std::nullopt);

  sd_bus* bus() const { return bus_; }

 private:
  struct Pending {
    Calls* calls;
    Answer answer;
    Slot slot;
    std::list<Pending>::iterator self;
  };
  static int answered(sd_bus_message* reply, void* data, sd_bus_error*) noexcept;

  sd_bus* bus_;
  std::list<Pending> pending_;
};

/// The D-Bus path of a unit.
std::string unit_path(const std::string& unit);

/// What an error reply says, as an error of ours; nothing where the reply is none.
/// @param what the deed for the message: "list units" makes "cannot list units: …"
std::optional<Error> failure_of(sd_bus_message* reply, const std::string& what);

/// As failure_of, of a call that does something: where no answer came it may have been done or not, and that
/// is Errc::indeterminate.
std::optional<Error> failure_of_deed(sd_bus_message* reply, const std::string& what);

}  // namespace nova::systemd
