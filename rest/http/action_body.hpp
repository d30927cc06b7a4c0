// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "model/error.hpp"
#include "rest/writer/writer.hpp"

namespace nova::http {

inline constexpr std::size_t max_action_body = 64 * 1024;

/// Reads the body of POST /services/{id}/action: an object with exactly one action, {"pause": {"reason": …}}.
/// Strict, because whoever misspells "until" must not get a pause for ever: unknown keys, wrong types and
/// values out of bounds are refused with the path of the field. `null` stands for {} where nothing is
/// mandatory; PAUSE and RESUME may be written in upper case, as the blueprint of 2011 did.
/// @param now what `until` is compared with
/// @param require_reason refuses a pause without a reason
/// @return verb, owner, reason, until, enforce, all, force and deadline; service and caller are the handler's
Result<writer::ActionRequest> decode_action(std::string_view body, WallTime now, bool require_reason);

}  // namespace nova::http
