// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/host/agent.hpp"

namespace nova::host {

/// Lets novahost-paused@UNIT.target follow `paused`, whatever the door, so that other units can hang on it
/// (design section 5). It follows and never leads: what happens to the target changes nothing here.
class PausedTargets final : public Listener {
 public:
  struct Ports {
    UnitControl& control;
    /// Told when systemd refused, once until it has done what was refused.
    std::function<void(const std::string& target, const Error&)> failed;
    /// Calls back once, from the loop, after so long.
    std::function<void(Millis, std::function<void()>)> after;
  };

  /// Sets the targets of all services as they are now, and leaves those that an earlier run of the daemon
  /// left active for services that are not paused, or not there, any more.
  PausedTargets(Agent& agent, Ports ports);
  ~PausedTargets() override;
  PausedTargets(const PausedTargets&) = delete;
  PausedTargets& operator=(const PausedTargets&) = delete;

  void changed(const Changes& changes) override;
  void acted(const Action&) override {}

  /// "novahost-paused@nova-compute.target" for "nova-compute.service".
  static std::string target_of(const std::string& unit);

  static constexpr Millis first_retry{5'000};  ///< after a refusal; doubled with each further one
  static constexpr Millis longest_retry{30'000};

 private:
  struct Target {
    bool wanted = false;
    bool in_flight = false;
    bool refused = false;
    std::optional<bool> set;  ///< what systemd did last; nothing: not known
  };

  void look_around();
  void found(const std::vector<std::string>& active);
  void decide(const Uuid& service);
  void follow(const std::string& name);
  void answered(const std::string& name, bool wanted, const Result<void>& result);
  void retry_later();
  void retry();

  Agent& agent_;
  Ports ports_;
  std::map<Uuid, std::string> names_;
  std::map<std::string, Target> targets_;
  bool looked_around_ = false;
  bool looking_failed_ = false;
  bool retrying_ = false;
  Millis pause_ = first_retry;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nova::host
