// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/objects/user_names.hpp"
#include "model/error.hpp"

namespace nova::objects {

/// Who calls a method, and what was found out about them.
struct Call {
  std::string sender;        ///< unique bus name
  bool interactive = false;  ///< the caller lets polkit ask for authentication
};

struct Peer {
  uid_t user = static_cast<uid_t>(-1);
  std::string name;      ///< login name; "" where it could not be found out who called
  bool trusted = false;  ///< root, or the daemon's own user
  /// Which of the optional actions that were asked about are granted.
  std::map<std::string, bool> granted;
};

/// Asks the bus who a caller is, and polkit what they may. Never blocks; each answer comes once, from the
/// loop, or never where the caller has left. root is not asked about, because polkit grants root everything:
/// so pausing works without polkit, too, and nobody else's questions keep root waiting. Others have a bounded
/// number of questions open, each of them and all together. One thread.
class Authority {
 public:
  /// @param peer what was found out, also where the call is not admitted
  using Answer = std::function<void(const Peer& peer, const Result<void>& admitted)>;

  /// @param bus a connection for nothing else, so that a polkit that does not answer stands in no other way
  explicit Authority(sd_bus* bus);
  /// Gives up what is under way; no answer comes any more.
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// What is asked about one call.
  struct Question {
    Call call;
    std::vector<std::string> required;           ///< polkit actions; all must be granted
    std::vector<std::string> optional;           ///< asked without interaction; told in Peer::granted
    std::map<std::string, std::string> details;  ///< for polkit's rules: unit, binary
  };

  /// @return (to answer) Errc::access_denied, Errc::interaction_required, or Errc::unavailable where polkit,
  /// the bus or the database of users does not answer, or too many questions are open
  void admit(const Question& question, Answer answer);

  static constexpr std::size_t most_for_a_user = 4;
  static constexpr std::size_t most = 32;
  static constexpr std::size_t most_callers = 1024;  ///< whom the bus has not told us about yet

 private:
  struct Request;
  static int on_user(sd_bus_message* reply, void* request, sd_bus_error*);
  static int on_decision(sd_bus_message* reply, void* request, sd_bus_error*);
  static int on_left(sd_bus_message* signal, void* request, sd_bus_error*);
  void identified(Request& request, uid_t user);
  bool has_place(uid_t user) const;
  void watch(Request& request);
  void named(std::uint64_t id, const Result<std::string>& name);
  void ask_next(Request& request);
  void cancel(const Request& request);
  void decided(Request& request, bool granted, bool challenge);
  void finish(Request& request, const Result<void>& admitted);

  sd_bus* bus_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Request>> requests_;
  UserNames names_;
};

}  // namespace nova::objects
