// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/action.hpp"
#include "model/hold_rules.hpp"
#include "rest/protocol/messages.hpp"
#include "rest/zone/records.hpp"
#include "rest/zone/snapshot.hpp"

namespace nova::writer {

using zone::ActionRequest;

/// The writer of a zone: one at a time applies what hosts and administrators send, makes it durable, then
/// publishes. All methods may be called from any thread; they block for the time of a decision and at most
/// one fsync, never for a host or a network.
class Writer {
 public:
  virtual ~Writer() = default;

  /// The newest published snapshot; never null. Never waits for a writer.
  virtual std::shared_ptr<const zone::Snapshot> snapshot() const = 0;
  /// Durable at return: the hold or the command is in the store. The record says how it stands.
  virtual Result<Action> act(const ActionRequest&) = 0;
  /// An action's record as it stands now.
  virtual Result<Action> action(const Uuid& id) const = 0;
  /// A service's history, newest first. @param limit at most so many; @param marker after this action
  virtual Result<std::vector<Action>> actions(const Uuid& service, std::size_t limit,
                                              std::optional<Uuid> marker) const = 0;
  /// One sync of a host whose certificate said `host_id` and `name` already. Durable at return as far as it
  /// carries holds, releases and results.
  virtual Result<protocol::SyncAnswer> sync(const protocol::SyncRequest&) = 0;
  /// Calls `ring` once, from any thread, as soon as the zone has something for the host that is newer than
  /// `revision` (at once if it already has). A new doorbell of a host rings its previous one.
  virtual void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) = 0;
  /// Calls `done` once, from any thread, when the action is final (at once if it is) .
  virtual void when_final(const Uuid& action, std::function<void()> done) = 0;
  /// Removes a host for good, with its holds; its certificates are revoked. Durable at return. A host whose
  /// daemon still runs is refused from then on, because its certificate is.
  virtual Result<void> remove_host(const Uuid& host, const Caller& caller) = 0;
  /// Rings all doorbells and fires all waits: before a planned stop.
  virtual void drain() = 0;
};

}  // namespace nova::writer
