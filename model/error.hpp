// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace nova {

/// Every way in which a request can fail. Each boundary has one table over this list: D-Bus error names in
/// daemon/objects, HTTP statuses in rest/http.
enum class Errc {
  invalid_argument,      ///< the caller's input; Error::field names the part
  unauthenticated,       ///< no or wrong credentials
  access_denied,         ///< known, but may not
  interaction_required,  ///< polkit would allow after authentication, which the caller did not offer
  no_such_service,
  no_such_host,
  no_such_action,
  held_by_others,     ///< RESUME where only others hold; the message names them
  not_supported,      ///< the verb does not fit the service; the message lists those that do
  conflict,           ///< two things claim one name, or one id has two contents
  host_lost,          ///< a command for a host whose state is unknown
  deadline_exceeded,  ///< not done, because its time was over
  job_failed,         ///< systemd ran the job and it did not end in "done", or only a part of it was done
  indeterminate,      ///< it was begun, and how it ended cannot be known
  storage_failed,     ///< could not be made durable; nothing changed
  too_large,
  unavailable,  ///< a part that is needed does not answer now
  internal,
};

std::string_view to_string(Errc);

/// A failure as a value. The message is a sentence for people that names the fix.
struct Error {
  Errc code = Errc::internal;
  std::string message;
  std::string field;  ///< the offending input ("until", "pause.reason"), or empty
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message, std::string field = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(field)});
}

}  // namespace nova
