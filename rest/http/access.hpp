// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"
#include "model/time.hpp"
#include "rest/http/exchange.hpp"

namespace nova::http {

/// A static token as it is stored. The token itself is 256 random bits, so nobody can guess or enumerate
/// what a hash came from: a plain SHA-256 is as strong as a slow password hash would be, and costs a
/// microsecond instead of a tenth of a second per request.
struct Token {
  std::string name;  ///< the actor it makes
  Role role = Role::reader;
  std::string hash;  ///< SHA-256 of the token, 64 lower-case hex digits
};

/// Reads all valid tokens anew, from the store. Called from worker threads, one at a time.
using TokenSource = std::function<Result<std::vector<Token>>()>;

/// A fresh token: "nova_" and 256 bits of the kernel's generator in hex.
std::string new_token();
/// SHA-256 in 64 lower-case hex digits.
std::string token_hash(std::string_view token);

/// Finds out who presents a token. Tokens are read again after `max_age`, so one that is revoked on the
/// command line stops working within that time, without a restart and without a query per request; and when
/// an unknown one comes, so that a new one works at once.
/// Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(TokenSource source, Millis max_age = Millis{500});

  /// Errc::unauthenticated for an empty or unknown token; Errc::unavailable where the store cannot be read
  /// and nothing younger than a minute is known.
  Result<Principal> authenticate(std::string_view token, WallTime now);

 private:
  using Tokens = std::shared_ptr<const std::vector<Token>>;
  /// The tokens, read within this time.
  Result<Tokens> read_within(Millis age, WallTime now);

  TokenSource source_;
  Millis max_age_;
  std::mutex mutex_;
  Tokens tokens_;       // guarded by mutex_
  WallTime read_at_{};  // guarded by mutex_
};

}  // namespace nova::http
