// SPDX-License-Identifier: Apache-2.0
#include "rest/ca/enrolment.hpp"

#include <algorithm>

namespace nova::ca {
namespace {

constexpr std::size_t max_host_name = 253;  // RFC 1035

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::unexpected<Error> refuse(const EnrolmentRequest& request, Errc code, const std::string& why,
                              const char* field) {
  return fail(code, "cannot enrol " + request.name + ": " + why, field);
}

Result<void> check_token(const std::optional<JoinToken>& token, const EnrolmentRequest& request,
                         WallTime now) {
  const std::string fix = "; make a new one on the zone's host: novazoned --join-token " + request.name;
  if (!token)
    return refuse(request, Errc::unauthenticated, "this zone does not know the join token" + fix, "token");
  if (token->host != request.name)
    return refuse(request, Errc::access_denied,
                  "the join token is for " + token->host + "; use that as NovaHost=, or make a token for " +
                      request.name,
                  "name");
  if (now >= token->expires)
    return refuse(request, Errc::access_denied,
                  "the join token ran out at " + to_rfc3339(token->expires) + fix, "token");
  if (token->used && token->used_by_key != request.key)
    return refuse(request, Errc::access_denied,
                  "the join token was used at " + to_rfc3339(*token->used) + " with another key" + fix,
                  "token");
  return {};
}

}  // namespace

Result<EnrolmentPlan> plan_enrolment(const EnrolmentFacts& facts, const EnrolmentRequest& request,
                                     WallTime now) {
  if (auto good = check_token(facts.token, request, now); !good) return std::unexpected(good.error());
  if (facts.by_name) {
    if (facts.by_name->host != request.host && request.keep_id)
      return refuse(request, Errc::conflict,
                    "the name belongs to host id " + to_string(facts.by_name->host) + " since " +
                        to_rfc3339(facts.by_name->since) + ", and this host must keep " +
                        to_string(request.host) +
                        ": it has holds, or its novahostd is running; release them, stop it, and try again, "
                        "or choose another NovaHost=",
                    "host");
    return EnrolmentPlan{*facts.by_name, true};
  }
  if (facts.by_id)
    return refuse(request, Errc::conflict,
                  "host id " + to_string(request.host) + " belongs to " + facts.by_id->name +
                      "; a copied machine needs an id of its own: stop novahostd, delete host-id in its "
                      "state directory, and try again",
                  "host");
  return EnrolmentPlan{{request.host, request.name, now}, false};
}

Result<std::string> check_host_name(std::string_view name, std::string_view field) {
  const auto allowed = [](char c) { return letter_or_digit(c) || c == '.' || c == '-' || c == '_'; };
  if (name.empty() || name.size() > max_host_name || !std::ranges::all_of(name, allowed) ||
      !letter_or_digit(name.front()) || !letter_or_digit(name.back()))
    return fail(Errc::invalid_argument,
                "cannot take this host name: write 1 to 253 letters, digits, dots, hyphens and underscores, "
                "a letter or digit first and last",
                std::string(field));
  return std::string(name);
}

}  // namespace nova::ca
