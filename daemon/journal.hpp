// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/host/agent.hpp"

namespace nova {

/// Writes structured entries: to the journal, or as plain lines to standard error where that is not it.
class Journal {
 public:
  using Fields = std::vector<std::pair<const char*, std::string>>;  ///< names without "NOVA_"

  Journal();
  /// @param priority LOG_INFO … of syslog(3) @param id of message_ids.hpp
  void write(int priority, const char* id, const std::string& text, const Fields& fields = {}) const;

 private:
  bool structured_;
};

/// Writes what was done on this host, by whom and from which door.
class ActionJournal final : public host::Listener {
 public:
  ActionJournal(host::Agent& agent, const Journal& journal);
  ~ActionJournal() override;
  ActionJournal(const ActionJournal&) = delete;
  ActionJournal& operator=(const ActionJournal&) = delete;

  void changed(const host::Changes&) override {}
  void acted(const Action& action) override;
  void expired(const Hold& hold, const std::vector<Hold>& remaining) override;

 private:
  host::Agent& agent_;
  const Journal& journal_;
};

}  // namespace nova
