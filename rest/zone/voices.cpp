// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/voices.hpp"

#include <algorithm>

namespace nova::zone {
namespace {

constexpr std::size_t max_known = 8;

}  // namespace

Voices::Voice& Voices::remember(const protocol::SyncRequest& request) {
  auto found = std::ranges::find(known_, request.incarnation, &Voice::incarnation);
  if (found == known_.end()) {
    if (known_.size() == max_known) known_.erase(std::ranges::min_element(known_, {}, &Voice::heard));
    known_.push_back({.incarnation = request.incarnation});
    found = std::prev(known_.end());
  }
  if (found->name != request.name) found->name = request.name;
  if (request.info && found->machine_id != request.info->machine_id)
    found->machine_id = request.info->machine_id;
  return *found;
}

bool Voices::alone(const Uuid& incarnation, BootTime now, Millis alive) const {
  return std::ranges::all_of(known_, [&](const Voice& other) {
    return other.incarnation == incarnation || now - other.heard > silence * alive;
  });
}

Voices::Verdict Voices::judge_former(Voice& voice, const Uuid& nonce, BootTime now, Millis alive) {
  const auto successor = std::ranges::find(known_, current_, &Voice::incarnation);
  if (successor == known_.end() || now - successor->heard > alive) {
    current_ = voice.incarnation;
    return Verdict::changed;
  }
  if (nonce != voice.nonce && current_spoke_) ++voice.turns;
  current_spoke_ = false;
  conflict_ = voice.turns >= turns;
  return conflict_ ? Verdict::conflict : Verdict::superseded;
}

Voices::Verdict Voices::hear(const protocol::SyncRequest& request, BootTime now, Millis alive) {
  if (request.incarnation == current_ && !conflict_) {
    Voice& voice = remember(request);
    voice.heard = now;
    voice.nonce = request.nonce;
    current_spoke_ = true;
    return Verdict::current;
  }
  const bool is_new = std::ranges::find(known_, request.incarnation, &Voice::incarnation) == known_.end();
  Voice& voice = remember(request);
  auto verdict = Verdict::changed;
  if (conflict_) {
    conflict_ = !alone(request.incarnation, now, alive);
    if (conflict_) verdict = Verdict::conflict;
    if (!conflict_)
      for (Voice& each : known_) each.turns = 0;
  } else if (!is_new) {
    verdict = judge_former(voice, request.nonce, now, alive);
  }
  voice.heard = now;
  voice.nonce = request.nonce;
  if (verdict == Verdict::changed) {
    current_ = request.incarnation;
    current_spoke_ = true;
  }
  return verdict;
}

std::string Voices::describe() const {
  std::string text;
  for (const Voice& voice : known_) {
    if (!text.empty()) text += ", ";
    text += voice.name + " (machine " + (voice.machine_id.empty() ? "unknown" : voice.machine_id) +
            ", start " + to_string(voice.incarnation) + ")";
  }
  return text;
}

}  // namespace nova::zone
