// SPDX-License-Identifier: Apache-2.0
#include "rest/http/access.hpp"

#include <openssl/crypto.h>

#include "pki/key.hpp"

namespace nova::http {
namespace {

constexpr Millis longest_stale{std::chrono::minutes{1}};
constexpr Millis shortest_age{10};  // whoever guesses tokens makes us read a hundred times a second at most

std::unexpected<Error> unknown(const char* why) {
  return fail(Errc::unauthenticated,
              std::string("The request you have made requires authentication: ") + why);
}

/// Every hash is compared, and each as a whole: the time taken tells nothing about how near a guess was.
const Token* find(const std::vector<Token>& tokens, const std::string& hash) {
  const Token* match = nullptr;
  for (const Token& known : tokens)
    if (known.hash.size() == hash.size() && CRYPTO_memcmp(known.hash.data(), hash.data(), hash.size()) == 0)
      match = &known;
  return match;
}

}  // namespace

std::string new_token() {
  return "nova_" + pki::random_secret();
}

std::string token_hash(std::string_view token) {
  return pki::sha256(token);
}

Authenticator::Authenticator(TokenSource source, Millis max_age)
    : source_(std::move(source)), max_age_(max_age) {}

Result<Authenticator::Tokens> Authenticator::read_within(Millis age, WallTime now) {
  const std::scoped_lock lock(mutex_);
  const bool fresh = tokens_ && now >= read_at_ && now - read_at_ < age;
  if (fresh) return tokens_;
  auto read = source_();
  if (read) {
    tokens_ = std::make_shared<const std::vector<Token>>(*std::move(read));
    read_at_ = now;
    return tokens_;
  }
  if (tokens_ && now >= read_at_ && now - read_at_ < longest_stale) return tokens_;
  return fail(Errc::unavailable, "cannot check the token now: " + read.error().message);
}

Result<Principal> Authenticator::authenticate(std::string_view token, WallTime now) {
  if (token.empty()) return unknown("send a token in X-Auth-Token");
  const std::string hash = token_hash(token);
  for (const Millis age : {max_age_, shortest_age}) {
    const auto tokens = read_within(age, now);
    if (!tokens) return std::unexpected(tokens.error());
    if (const Token* match = find(**tokens, hash)) return Principal{match->name, match->role};
  }
  return unknown("the token in X-Auth-Token is not known, or revoked");
}

}  // namespace nova::http
