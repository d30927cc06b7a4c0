// SPDX-License-Identifier: Apache-2.0
// Excerpts of a host's journal.
#include <set>

#include "rest/protocol/codec.hpp"
#include "rest/protocol/fields.hpp"

namespace nova::protocol {

using nlohmann::json;

namespace {

constexpr std::size_t bytes_of_a_character = 4;
constexpr std::size_t max_message = excerpt_characters * bytes_of_a_character;
constexpr std::size_t max_identifier = identifier_characters * bytes_of_a_character;
constexpr std::uint64_t lowest_priority = 7;

json write(const JournalEntry& entry) {
  json out{{"time", to_rfc3339(entry.time)},
           {"priority", entry.priority},
           {"message", presentable(entry.message, max_message, excerpt_characters)}};
  if (!entry.identifier.empty())
    out["identifier"] = presentable(entry.identifier, max_identifier, identifier_characters);
  return out;
}

Result<JournalEntry> entry_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  JournalEntry entry{.time = in.time("time"),
                     .priority = static_cast<std::uint8_t>(in.count("priority", lowest_priority)),
                     .identifier = in.optional_text("identifier", {max_identifier}),
                     .message = in.text("message", {max_message})};
  return in.finish(std::move(entry));
}

json write(const ServiceExcerpt& excerpt) {
  json out{{"service", to_string(excerpt.service)}, {"entries", json::array()}};
  for (const JournalEntry& entry : excerpt.entries) out["entries"].push_back(write(entry));
  return out;
}

Result<ServiceExcerpt> excerpt_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  ServiceExcerpt excerpt{.service = in.id("service"),
                         .entries = in.list("entries", excerpt_size, entry_from_json)};
  return in.finish(std::move(excerpt));
}

json write(const ExcerptPeriod& period) {
  return {{"since", to_rfc3339(period.since)}, {"as_of", to_rfc3339(period.as_of)}};
}

Result<ExcerptPeriod> period_from_json(const json& value, std::string_view where, UnknownFields unknown) {
  Fields in(value, where, unknown);
  ExcerptPeriod period{.since = in.time("since"), .as_of = in.time("as_of")};
  if (in.good() && period.since > period.as_of) in.refuse("since", "it is later than as_of");
  return in.finish(period);
}

}  // namespace

json to_json(const JournalReport& report) {
  json out = json::object();
  if (report.period) out["period"] = write(*report.period);
  for (const ServiceExcerpt& excerpt : report.services) out["services"].push_back(write(excerpt));
  return out;
}

Result<JournalReport> journal_report_from_json(const json& value, std::string_view where,
                                               UnknownFields unknown) {
  Fields in(value, where, unknown);
  JournalReport report{.period = in.optional_object("period", period_from_json),
                       .services = in.list("services", max_services, excerpt_from_json)};
  std::set<Uuid> named;
  for (std::size_t i = 0; i < report.services.size(); ++i)
    if (!named.insert(report.services[i].service).second)
      in.refuse("services[" + std::to_string(i) + "].service", "the service is listed twice");
  return in.finish(std::move(report));
}

}  // namespace nova::protocol
