// SPDX-License-Identifier: Apache-2.0
#include "model/hold.hpp"

#include "model/text.hpp"

namespace nova {

std::set<Enforcer> all_enforcers() {
  return {Enforcer::gate, Enforcer::scheduler, Enforcer::user_actions};
}

Result<std::string> check_reason(std::string_view reason, bool required) {
  if (reason.empty()) {
    if (required)
      return fail(Errc::invalid_argument, "cannot pause without a reason here: give one", "reason");
    return std::string(no_reason);
  }
  const auto length = text_length(reason);
  if (!length)
    return fail(Errc::invalid_argument, "cannot take the reason: it must be valid UTF-8", "reason");
  if (has_control(reason))
    return fail(Errc::invalid_argument,
                "cannot take the reason: remove its control characters (newlines, tabs)", "reason");
  if (*length > max_reason)
    return fail(Errc::invalid_argument,
                "cannot take the reason: it has " + std::to_string(*length) + " characters, at most 255 fit",
                "reason");
  return std::string(reason);
}

Result<std::string> check_owner(std::string_view owner) {
  const bool padded = !owner.empty() && (owner.front() == ' ' || owner.back() == ' ');
  if (owner.empty() || owner.size() > max_label || padded || !text_length(owner) || has_control(owner))
    return fail(
        Errc::invalid_argument,
        "cannot take the owner: write 1 to 128 bytes of UTF-8 without control characters or spaces around it",
        "owner");
  return std::string(owner);
}

Result<WallTime> check_time(WallTime until) {
  // What is taken must be writable in RFC 3339, also by those who are told why it was refused.
  if (until < WallTime{} || until >= std::chrono::sys_days{std::chrono::year{9999} / 12 / 31})
    return fail(
        Errc::invalid_argument,
        "cannot pause until a time outside the years 1970 to 9999: at most 366 days ahead, or leave it out",
        "until");
  return until;
}

Result<WallTime> check_until(WallTime until, WallTime now) {
  if (const auto time = check_time(until); !time) return time;
  if (until <= now)
    return fail(Errc::invalid_argument, "cannot pause until " + to_rfc3339(until) + ": that is past",
                "until");
  if (until > now + max_until)
    return fail(Errc::invalid_argument,
                "cannot pause until " + to_rfc3339(until) + ": at most 366 days ahead, or leave it out",
                "until");
  return until;
}

Result<Hold> check_hold(Hold hold) {
  if (hold.id.is_nil() || hold.service.is_nil())
    return fail(Errc::invalid_argument, "cannot take a hold without an id and a service", "id");
  if (auto owner = check_owner(hold.owner); !owner) return std::unexpected(owner.error());
  if (auto actor = check_owner(hold.actor); !actor)
    return fail(Errc::invalid_argument, "cannot take a hold whose actor is no name", "actor");
  if (auto reason = check_reason(hold.reason, true); !reason) return std::unexpected(reason.error());
  if (hold.enforce.empty())
    return fail(Errc::invalid_argument, "cannot take a hold that enforces nothing: name an enforcement",
                "enforce");
  if (hold.recorded < hold.since)
    return fail(Errc::invalid_argument, "cannot take a hold recorded before it began", "recorded");
  if (hold.until && *hold.until <= hold.recorded)
    return fail(Errc::invalid_argument, "cannot take a hold that was over when it was recorded", "until");
  return hold;
}

Result<Release> check_release(Release release) {
  if (release.hold.is_nil())
    return fail(Errc::invalid_argument, "cannot take a release that names no hold", "hold");
  if (auto actor = check_owner(release.actor); !actor)
    return fail(Errc::invalid_argument, "cannot take a release whose actor is no name", "actor");
  if (auto message = check_reason(release.message, false); !message)
    return fail(
        message.error().code,
        "cannot take the message of a release: at most 255 characters of UTF-8, no control characters",
        "message");
  return release;
}

}  // namespace nova
