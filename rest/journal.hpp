// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "model/error.hpp"
#include "rest/http/exchange.hpp"
#include "rest/zone/zone.hpp"

/// What novazoned writes to the journal: structured entries with a MESSAGE_ID each, so that they can be found
/// (journalctl MESSAGE_ID=…). Without a journal they go to the standard error output. Any thread.
namespace nova::zone::journal {

inline constexpr std::string_view denied_id = "99e89caa327c4bbc8126f50c8924fb61";
inline constexpr std::string_view started_id = "a8284c11a7e84a85a3a4b8726d2710db";
inline constexpr std::string_view stopped_id = "80111f8e7320494aa1c0677cde26e2b5";

/// The MESSAGE_ID of a kind of note.
std::string_view message_id(Note::What what);
/// Its priority, as syslog has them.
int priority_of(Note::What what);

/// A request that was refused: who, from where, what and why. Of one client only so many (DenialQuota).
void denied(const http::Request& request, const Error& error);
void started(const std::string& zone, const std::string& where);
void stopped();
/// What happened in the zone.
void note(const Note& note);
void warn(const std::string& message);

}  // namespace nova::zone::journal
