// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rest/protocol/messages.hpp"

namespace nova::zone {

/// Who speaks under one host id. Every start of novahostd has an incarnation of its own that never comes
/// back, so a former one that speaks while its successor is alive is a late message or a second machine. A
/// late message comes once; two machines take turns, and then both are refused until one of them is silent.
class Voices {
 public:
  enum class Verdict {
    current,     ///< the one that spoke before
    changed,     ///< another start: nothing is known of what it has
    superseded,  ///< a former start, while its successor lives: refused
    conflict,    ///< two machines take turns: refused
  };

  /// Judges who speaks, and remembers it.
  /// @param alive for so long after its last word a voice counts as live (the zone's lost_after())
  Verdict hear(const protocol::SyncRequest& request, BootTime now, Millis alive);
  /// What is known of the voices, for people: incarnations, names, machine ids.
  std::string describe() const;
  bool in_conflict() const { return conflict_; }

  /// So often must a former voice come back, its successor having spoken in between, to be a machine.
  static constexpr int turns = 3;
  /// So many times `alive` must one of two machines be silent before the other is believed: both back off.
  static constexpr int silence = 10;

 private:
  struct Voice {
    Uuid incarnation;
    std::string name;
    std::string machine_id;
    BootTime heard;
    Uuid nonce;     // of its last message: a repetition is no turn
    int turns = 0;  // how often it came back
  };

  Verdict judge_former(Voice& voice, const Uuid& nonce, BootTime now, Millis alive);
  bool alone(const Uuid& incarnation, BootTime now, Millis alive) const;
  Voice& remember(const protocol::SyncRequest& request);

  std::vector<Voice> known_;  // at most max_known, the longest silent one gives way
  Uuid current_;
  bool current_spoke_ = false;  // since a former one came back
  bool conflict_ = false;
};

}  // namespace nova::zone
