// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>

#include "daemon/objects/encode.hpp"
#include "model/error.hpp"

/// The options of the methods, from the bus' dictionaries to plain values. An unknown key, or one of another
/// type, is Errc::invalid_argument that names it.
namespace nova::objects {

struct PauseOptions {
  std::string owner;
  std::optional<WallTime> until;
  std::set<Enforcer> enforce;
  bool override_ = false;
  bool unit_door = false;
};

struct ResumeOptions {
  std::string owner;
  bool all = false;
  bool override_ = false;
  std::string message;
  bool unit_door = false;
};

struct CommandOptions {
  std::string reason;
  Millis time{60'000};
  bool force = false;
};

Result<PauseOptions> pause_options(const Dictionary& options);
Result<ResumeOptions> resume_options(const Dictionary& options);
/// @param verb only stop and suspend know `force`
Result<CommandOptions> command_options(const Dictionary& options, Verb verb);

}  // namespace nova::objects
