// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/host/agent.hpp"

namespace nova::host {

/// Lets novahost-paused@UNIT.target follow `paused`, whatever the door, so that other units can hang on it
/// (design section 5). It follows and never leads: what happens to the target changes nothing here.
class PausedTargets final : public Listener {
 public:
  /// @param failed told when systemd refused, once for each attempt; the next change tries again
  PausedTargets(Agent& agent, UnitControl& control,
                std::function<void(const std::string&, const Error&)> failed);
  ~PausedTargets() override;
  PausedTargets(const PausedTargets&) = delete;
  PausedTargets& operator=(const PausedTargets&) = delete;

  void changed(const Changes& changes) override;
  void acted(const Action&) override {}

  /// "novahost-paused@nova-compute.target" for "nova-compute.service".
  static std::string target_of(const std::string& unit);

 private:
  struct Target {
    bool wanted = false;
    bool in_flight = false;
    std::optional<bool> set;  ///< what systemd did last; nothing: not known
  };

  void follow(const std::string& name);

  Agent& agent_;
  UnitControl& control_;
  std::function<void(const std::string&, const Error&)> failed_;
  std::map<Uuid, std::string> names_;
  std::map<std::string, Target> targets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nova::host
