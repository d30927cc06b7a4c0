// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "rest/config.hpp"

namespace nova::zone {

/// What root asks of a zone's store from the command line, beside the running daemon or without it.
struct AdminCommand {
  std::optional<std::string> create_token;  ///< name
  std::string role = "reader";
  std::optional<std::string> revoke_token;
  bool list_tokens = false;
  std::optional<std::string> join_token;  ///< host name
  std::optional<std::string> backup;      ///< file
  std::optional<std::string> restore;     ///< file that --backup made
  bool replace_ca = false;

  bool any() const {
    return create_token || revoke_token || list_tokens || join_token || backup || restore || replace_ca;
  }
};

/// Does it, as the owner of the state directory where root asks, and returns what belongs on the standard
/// output: a new token stands alone in its line, so that a script can take it.
Result<std::string> run(const AdminCommand& command, const Config& config, WallTime now);

}  // namespace nova::zone
