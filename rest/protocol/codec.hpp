// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "rest/protocol/bounds.hpp"
#include "rest/protocol/messages.hpp"

/// The JSON of the model and of the messages between host and zone, once: the stores use it as well.
///
/// Reading is strict in types, sizes, counts, words, ids and times; an error names the path of what is wrong
/// ("holds.delta.adds[2].until") in Error::field and in the message. Writing never fails: texts for people
/// (an action's message, an enforcement's detail, a host's facts) are cut to their bound and freed of control
/// characters, so that what one side writes the other can read. All functions are pure; any thread.
namespace nova::protocol {

/// What happens to a field that this build does not know. Between host and zone it is ignored (design section
/// 6: one version older and newer); a daemon's own files may refuse it.
enum class UnknownFields { ignore, refuse };

nlohmann::json to_json(const Hold&);
nlohmann::json to_json(const Release&);
nlohmann::json to_json(const HoldDelta&);
nlohmann::json to_json(const UnitFacts&);
nlohmann::json to_json(const ServiceFacts&);
nlohmann::json to_json(const HostInfo&);
nlohmann::json to_json(const Enforcement&);
nlohmann::json to_json(const Action&);
nlohmann::json to_json(const Command&);
nlohmann::json to_json(const JournalReport&);

// The reverse. `where` is the path of the value in its document, for errors; "" for a document of its own.
Result<Hold> hold_from_json(const nlohmann::json&, std::string_view where,
                            UnknownFields = UnknownFields::ignore);
Result<Release> release_from_json(const nlohmann::json&, std::string_view where,
                                  UnknownFields = UnknownFields::ignore);
Result<HoldDelta> hold_delta_from_json(const nlohmann::json&, std::string_view where,
                                       UnknownFields = UnknownFields::ignore);
Result<UnitFacts> unit_facts_from_json(const nlohmann::json&, std::string_view where,
                                       UnknownFields = UnknownFields::ignore);
Result<ServiceFacts> service_facts_from_json(const nlohmann::json&, std::string_view where,
                                             UnknownFields = UnknownFields::ignore);
Result<HostInfo> host_info_from_json(const nlohmann::json&, std::string_view where,
                                     UnknownFields = UnknownFields::ignore);
Result<Enforcement> enforcement_from_json(const nlohmann::json&, std::string_view where,
                                          UnknownFields = UnknownFields::ignore);
Result<Action> action_from_json(const nlohmann::json&, std::string_view where,
                                UnknownFields = UnknownFields::ignore);
Result<Command> command_from_json(const nlohmann::json&, std::string_view where,
                                  UnknownFields = UnknownFields::ignore);
Result<JournalReport> journal_report_from_json(const nlohmann::json&, std::string_view where,
                                               UnknownFields = UnknownFields::ignore);

/// The body of POST /federation/v1/sync, and its answer.
std::string encode(const SyncRequest&);
std::string encode(const SyncAnswer&);

/// Reads a sync. Beside the form it checks that the report does not contradict itself: a service listed twice
/// or both present and removed, a service id that is not this host's, an id of a hold with two contents, a
/// base beyond its sequence.
/// @return Errc::too_large, or Errc::invalid_argument with the path
Result<SyncRequest> decode_request(std::string_view body);
/// Reads the answer. Host and nonce are for the caller to compare.
Result<SyncAnswer> decode_answer(std::string_view body);

}  // namespace nova::protocol
