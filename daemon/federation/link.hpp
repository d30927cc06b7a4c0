// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/federation/transfers.hpp"
#include "daemon/host/agent.hpp"
#include "daemon/host/journal_excerpts.hpp"

struct sd_event;

namespace nova::federation {

class Identity;

/// Where the zone is and how to know it.
struct LinkSettings {
  std::vector<std::string> urls;  ///< check_zone_url(); tried in order, at least one
  TlsFiles files;  ///< no CA: the machine's own list of them; no certificate: where the zone asks for none
};

/// How the link stands: for the host's bus object and the journal.
struct LinkState {
  bool connected = false;  ///< the last sync was answered
  std::string url;         ///< that is used or was tried last
  std::string zone;        ///< the zone's name, "" until it was heard
  std::string trouble;     ///< why it is not connected, or what is odd; "" when all is well

  bool operator==(const LinkState&) const = default;
};

/// The link to the zone: libcurl on the daemon's event loop. It syncs at the interval that the zone asks for,
/// at once when something happens here or the zone's doorbell rings, and retries for ever with growing,
/// jittered pauses (the first ones short), going through the URLs in order. The host works without it.
/// Certificate, key and CA files are read again when they change; a certificate of which two thirds are over
/// is renewed. One thread: the loop's.
class Link {
 public:
  struct Ports {
    std::function<Now()> now;                    ///< the clocks
    std::function<void(const LinkState&)> tell;  ///< called when the state changes, and only then
    Identity* identity = nullptr;                ///< renews the host's certificate; may be null
    std::function<void()> syncing = [] {};       ///< a sync is about to be sent: what moves is to be read now
    const host::JournalExcerpts* excerpts = nullptr;  ///< to be told to the zone; may be null
  };

  /// Starts at once. @param loop, agent have to outlive this
  Link(sd_event* loop, host::Agent& agent, LinkSettings settings, Ports ports);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// A planned stop: tells the zone that absence follows, as far as that takes no longer than `longest`.
  /// `done` is called once, from the loop; nothing is sent afterwards.
  void leave(Millis longest, std::function<void()> done);
  /// Something is to be told that no listener of the agent hears of: syncs at once where the zone lacks it.
  void hurry();
  /// Reads the files again and tries the first URL at once (SIGHUP).
  void retry_now();
  const LinkState& state() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::federation
