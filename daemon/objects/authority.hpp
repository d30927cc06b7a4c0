// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <functional>
#include <list>
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
  std::string name;      ///< login name
  bool trusted = false;  ///< root, or the daemon's own user
  /// Which of the optional actions that were asked about are granted.
  std::map<std::string, bool> granted;
};

/// Asks the bus who a caller is, and polkit what they may. Never blocks; each answer comes once, from the
/// loop. root is not asked about, because polkit grants root everything: so pausing works without polkit,
/// too. One thread.
class Authority {
 public:
  using Answer = std::function<void(const Result<Peer>&)>;

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

  /// @return (to answer) Errc::access_denied, Errc::interaction_required, or Errc::unavailable where polkit
  /// or the bus does not answer
  void admit(const Question& question, Answer answer);

 private:
  struct Request;
  static int on_user(sd_bus_message* reply, void* request, sd_bus_error*);
  static int on_decision(sd_bus_message* reply, void* request, sd_bus_error*);
  void ask_next(Request& request);
  void decided(Request& request, bool granted, bool challenge);
  void finish(Request& request, const Result<Peer>& result);

  sd_bus* bus_;
  UserNames names_;
  std::list<std::unique_ptr<Request>> requests_;
};

}  // namespace nova::objects
