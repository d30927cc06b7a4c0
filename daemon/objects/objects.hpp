// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/host/agent.hpp"
#include "daemon/objects/connection.hpp"

namespace nova::objects {

/// How the link to the zone stands, for the host's object.
struct ZoneView {
  std::string name;
  std::string url;
  bool connected = false;
  std::string trouble;
  bool operator==(const ZoneView&) const = default;
};

/// What tells of calls that were refused for want of a right, for the journal.
using Denied = std::function<void(const std::string& who, const std::string& verb, const std::string& unit,
                                  const Error& why)>;

/// The host and its services as objects on the bus (dbus/*.xml): follows the agent's changes, and hands what
/// is asked to the agent once polkit agrees. One thread: the loop's.
class Objects final : public host::Listener {
 public:
  /// Publishes the host and what it has. @param connection, agent have to outlive this
  Objects(Connection& connection, host::Agent& agent, std::function<Now()> now, Denied denied);
  /// Takes the objects off the bus. Has to happen while the connection is still attached.
  ~Objects() override;
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;

  void changed(const host::Changes& changes) override;
  void acted(const Action&) override {}
  void show_zone(const ZoneView& zone);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::objects
