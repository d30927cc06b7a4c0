// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rest/http/api.hpp"
#include "rest/http/host_door.hpp"

/// A zone without hosts, store or network behind it: three hosts, one of them lost, whose holds follow the
/// model's own rules.
namespace nova::http::test {

/// The moment at which all stories begin.
WallTime story_time();

/// A host that was heard then, with its load.
std::shared_ptr<zone::Pulse> pulse_of(WallTime heard, double load1 = 0.25);
/// One error in a journal.
JournalEntry journal_entry(const std::string& message);

class FakeWriter final : public writer::Writer {
 public:
  FakeWriter();

  // What the stories look at.
  static Uuid service(const std::string& host, const std::string& binary);
  /// Everything that was asked, as it arrived here.
  std::vector<writer::ActionRequest> asked;
  std::vector<std::string> removed;
  /// Set: act() waits for it, as for a disk; `waiting` counts those that do.
  std::shared_future<void> slow;
  std::atomic<int> waiting{0};
  /// What the next act() answers instead of doing anything.
  std::optional<Error> refusal;

  /// Ends an action, as a host's result would.
  void finish(const Uuid& action, Outcome outcome, const std::string& message);
  /// Publishes a new snapshot after a change of one host.
  void change(const std::string& host, const std::function<void(zone::HostView&)>& alter);
  /// Adds hosts with services, so that a collection becomes large.
  void grow(std::size_t hosts);
  void ring_all();

  std::shared_ptr<const zone::Snapshot> snapshot() const override;
  Result<Action> act(const writer::ActionRequest& request) override;
  Result<Action> action(const Uuid& id) const override;
  Result<std::vector<Action>> actions(const Uuid& service, std::size_t limit,
                                      std::optional<Uuid> marker) const override;
  Result<protocol::SyncAnswer> sync(const protocol::SyncRequest& request) override;
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override;
  void when_final(const Uuid& action, std::function<void()> done) override;
  Result<void> remove_host(const Uuid& host, const Caller& caller) override;
  void drain() override;

 private:
  void publish(std::vector<std::shared_ptr<const zone::HostView>> hosts);
  Result<Action> pause_or_resume(const writer::ActionRequest& request, Action action);

  mutable std::mutex mutex_;
  std::shared_ptr<const zone::Snapshot> snapshot_;
  HoldSet holds_{story_time()};
  std::vector<Action> actions_;  // oldest first
  std::vector<std::pair<Uuid, std::function<void()>>> waits_;
  std::vector<std::function<void()>> bells_;
};

/// The federation as the door sees it.
class FakeHostDoor final : public HostDoor {
 public:
  std::vector<std::string> synced;    ///< host names
  std::vector<std::string> enrolled;  ///< host names; never heard
  bool revoked = false;
  std::vector<std::function<void()>> bells;
  std::vector<Uuid> rung;  ///< whose, by their ids
  std::mutex mutex;

  Result<void> admit(const ca::HostIdentity& host) override;
  Result<std::string> sync(const std::optional<ca::HostIdentity>& host, const std::string& body) override;
  Uuid id_of(const ca::HostIdentity& host) override;
  void doorbell(const Uuid& host, std::uint64_t revision, std::function<void()> ring) override;
  Result<std::string> enrol(const std::string& body) override;
  Result<std::string> renew(const ca::HostIdentity& host, const std::string& body) override;
  Result<void> remove_enrolment(const std::string& name_or_id, const std::string& actor) override;
};

/// How a request is dressed.
struct With {
  std::string token = "the reader's token";
  std::string body;
  std::string if_none_match;
  std::string prefer;
  Connection connection;
  std::string content_type;
};

/// The whole door, with tokens for a reader, an operator and an admin: "the reader's token", …
struct RestDoor {
  FakeWriter writer;
  FakeHostDoor hosts;
  std::vector<std::string> denied;
  std::vector<std::string> denied_actors;
  std::mutex denied_mutex;
  Authenticator authenticator;
  Collections collections;
  Parts parts;

  RestDoor();
  /// Asks as a client would; a target that cannot be decoded is answered with its fault.
  Reply ask(const std::string& method, const std::string& target, const With& with = {});
  /// PAUSE and its like, by the operator unless said.
  Reply act(const Uuid& service, const std::string& body, With with = {.token = "the operator's token"});
};

/// The body read as JSON; an empty object where it is none.
nlohmann::json json_of(const Reply& reply);
/// The message of a fault, whatever its name.
std::string message_of(const Reply& reply);

}  // namespace nova::http::test
