// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace nova::objects {

/// The names of users, as holds record them. Where users come from a network, the answer may take its time or
/// fail to come: it is waited for in a thread of its own, which is there from the first question on, and the
/// loop goes on. A user keeps one name: where it cannot be found out now nothing is guessed, and a name that
/// was known once stays good while the database does not answer. Everything else happens in the loop's
/// thread.
class UserNames {
 public:
  /// A user's login name; nothing where the machine knows no such user; an error where it cannot say.
  using Lookup = std::function<Result<std::optional<std::string>>(uid_t)>;
  using Answer = std::function<void(const Result<std::string>&)>;
  struct Times {
    Millis patience{5'000};  ///< how long an answer is waited for
    Millis fresh{600'000};   ///< how long a name is good without asking again
  };

  explicit UserNames(sd_event* loop);
  UserNames(sd_event* loop, Lookup lookup, Times times);
  /// Gives up what is under way; no answer comes any more.
  ~UserNames();
  UserNames(const UserNames&) = delete;
  UserNames& operator=(const UserNames&) = delete;

  /// (To answer, perhaps from inside) the login name; "uid 1234" where the machine knows no such user;
  /// Errc::unavailable where it cannot say.
  void of(uid_t user, Answer answer);
  /// What can be said at once: the name that was known last, or "uid 1234". For messages only.
  std::string known(uid_t user) const;

  static constexpr std::size_t most_known = 256;

 private:
  struct Worker;
  struct Known {
    std::string name;
    BootTime since;
  };
  struct Waiting {
    std::vector<Answer> answers;
    sd_event_source* timer = nullptr;
    UserNames* names = nullptr;
    uid_t user = 0;
  };

  static int on_found(sd_event_source*, int, std::uint32_t, void* self);
  static int on_late(sd_event_source*, std::uint64_t, void* waiting);
  BootTime now() const;
  bool start_worker();
  void wait(uid_t user, Answer answer);
  void found(uid_t user, const Result<std::optional<std::string>>& name);
  void remember(uid_t user, std::string name);
  void answer(uid_t user, const Result<std::string>& name);
  Result<std::string> best_known(uid_t user, const std::string& why) const;

  sd_event* loop_;
  Lookup lookup_;
  Times times_;
  std::shared_ptr<Worker> worker_;
  sd_event_source* source_ = nullptr;
  std::map<uid_t, Known> known_;
  std::map<uid_t, Waiting> waiting_;
};

}  // namespace nova::objects
