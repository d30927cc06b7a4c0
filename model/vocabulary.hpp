// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace nova {

/// What a Nova service is for.
enum class Kind { api, metadata, compute, conductor, scheduler, console_proxy };
/// Is the service running, as far as systemd says through its host; unknown where the host is lost.
enum class State { up, down, unknown };
/// Where a PAUSE stands: open (not held), pausing (held, not yet enforced everywhere), paused, resuming.
enum class Phase { open, pausing, paused, resuming };
/// What can be asked of a service.
enum class Verb { pause, resume, start, stop, restart, suspend };
/// Through which door a request came: the host's bus, the zone's REST API, a systemd unit.
enum class Door { bus, rest, unit };
/// The places where a PAUSE is enforced.
enum class Enforcer { gate, scheduler, user_actions };
/// How far one enforcement is; never `applied` for what is not.
enum class EnforcementState { applied, pending, unavailable, unconfigured };
/// How an action ended, or that it has not.
enum class Outcome { accepted, running, succeeded, failed, refused, expired, indeterminate };
/// What a zone's caller may do: read; pause and resume; everything, others' holds included.
enum class Role { reader, operator_, admin };

// The word of a value, as it is spelled at every door.
std::string_view to_string(Kind);
std::string_view to_string(State);
std::string_view to_string(Phase);
std::string_view to_string(Verb);
std::string_view to_string(Door);
std::string_view to_string(Enforcer);
std::string_view to_string(EnforcementState);
std::string_view to_string(Outcome);
std::string_view to_string(Role);

// The value of a word; nothing for any other text (case matters).
std::optional<Kind> parse_kind(std::string_view);
std::optional<State> parse_state(std::string_view);
std::optional<Phase> parse_phase(std::string_view);
std::optional<Verb> parse_verb(std::string_view);
std::optional<Door> parse_door(std::string_view);
std::optional<Enforcer> parse_enforcer(std::string_view);
std::optional<EnforcementState> parse_enforcement_state(std::string_view);
std::optional<Outcome> parse_outcome(std::string_view);
std::optional<Role> parse_role(std::string_view);

/// True for an outcome that will not change any more.
bool is_final(Outcome);

/// The verbs that a kind of service understands: PAUSE and RESUME are for compute (design: "Other actions").
std::span<const Verb> verbs_of(Kind);

}  // namespace nova
