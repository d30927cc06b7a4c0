// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/uuid.hpp"

namespace nova::protocol {

// For the codec's own sources.

/// What of a newer peer's message this build has no words for.
struct LeftOut {
  std::vector<std::string> what;  ///< "services[2].kind \"accelerator\"", for people
  std::vector<Uuid> actions;      ///< ids of actions among it
};

/// The rule between versions (design section 6): fields and words are only ever added. A field that this
/// build does not know is ignored. An entry of a list (a service, an action, a command, an enforcement) with
/// a word that it does not know is left out, where the message says that its sender is newer; from a peer of
/// the same version it is a mistake. Records of holds are never left out: both sides have to end with the
/// same ones, so a new word in them waits until both sides know it.
///
/// Takes such entries out of a message before it is decoded.
LeftOut leave_out_unknown(nlohmann::json& message);

}  // namespace nova::protocol
