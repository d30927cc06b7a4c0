// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The journal's message ids (systemd.journal-fields(7)), one for each kind of entry: `journalctl
/// MESSAGE_ID=…`. An id never changes its meaning. Entries carry NOVA_* fields: SERVICE, UNIT, VERB, ACTOR,
/// DOOR, HOLD, OUTCOME, REQUEST_ID, REASON, COUNT.
namespace nova::message {

inline constexpr const char* started = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c01";
inline constexpr const char* stopping = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c02";
inline constexpr const char* cannot_start = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c03";
inline constexpr const char* new_host =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c04";  ///< a copy of a machine became one of its own
inline constexpr const char* held = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c10";      ///< a PAUSE
inline constexpr const char* released = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c11";  ///< a RESUME
inline constexpr const char* overridden =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c12";                                     ///< with others' holds released
inline constexpr const char* expired = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c13";  ///< a hold's `until` passed
inline constexpr const char* command_begun = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c20";
inline constexpr const char* command_ended = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c21";
inline constexpr const char* denied = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c30";  ///< for want of a right
inline constexpr const char* needs_authentication = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c31";  ///< none was offered
inline constexpr const char* undecided =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c32";  ///< polkit or the database of users did not answer
inline constexpr const char* denied_more =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c33";  ///< how many of one user's got no entry of their own
inline constexpr const char* storage_failed = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c40";
inline constexpr const char* watch_trouble = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c41";  ///< systemd does not answer
inline constexpr const char* target_trouble =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c42";  ///< novahost-paused@ did not follow
inline constexpr const char* clock_unsynchronised = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c43";
inline constexpr const char* journal_unreadable =
    "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c44";  ///< no excerpts for the zone
inline constexpr const char* zone_connected = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c50";
inline constexpr const char* zone_trouble = "5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c51";

}  // namespace nova::message
