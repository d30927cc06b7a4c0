// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/report_check.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "model/hold_set.hpp"
#include "model/text.hpp"
#include "rest/protocol/bounds.hpp"

namespace nova::zone {
namespace {

using Checked = Result<void>;

Checked refuse(std::string field, const std::string& why) {
  const std::string message = "cannot take the report: " + field + " " + why;
  return fail(Errc::invalid_argument, message, std::move(field));
}

std::string part(std::string_view list, std::size_t index, std::string_view member = {}) {
  std::string name = std::string(list) + "[" + std::to_string(index) + "]";
  if (!member.empty()) name.append(".").append(member);
  return name;
}

bool is_text(std::string_view text, std::size_t max_bytes) {
  return text.size() <= max_bytes && text_length(text) && !has_control(text);
}

Checked refuse_text(std::string field, std::size_t max_bytes) {
  return refuse(std::move(field), "is no plain text of at most " + std::to_string(max_bytes) + " bytes");
}

bool is_name(std::string_view text) {
  return !text.empty() && is_text(text, protocol::max_name) &&
         text.find_first_of(" /") == std::string_view::npos;
}

Checked check_head(const protocol::SyncRequest& report) {
  if (report.host.is_nil()) return refuse("host", "is no host's id");
  if (!is_name(report.name)) return refuse("name", "is no host's name");
  if (report.incarnation.is_nil()) return refuse("incarnation", "is missing");
  if (report.base > report.sequence) return refuse("base", "is later than the sequence");
  if (report.base == 0 && !report.removed.empty())
    return refuse("removed", "cannot be there where everything is sent (base 0)");
  if (!report.info) return {};
  const HostInfo& info = *report.info;
  if (!is_name(info.name)) return refuse("info.name", "is no name that a Nova host can have");
  for (const auto& [member, text] : {std::pair{"machine_id", &info.machine_id},
                                     {"os", &info.os},
                                     {"kernel", &info.kernel},
                                     {"architecture", &info.architecture},
                                     {"daemon", &info.daemon},
                                     {"systemd", &info.systemd}})
    if (!is_text(*text, protocol::max_fact))
      return refuse_text(std::string("info.") + member, protocol::max_fact);
  return {};
}

Checked check_unit(const UnitFacts& unit, std::size_t index) {
  if (unit.name.empty()) return refuse(part("services", index, "unit.name"), "is missing");
  if (!is_text(unit.name, protocol::max_name))
    return refuse_text(part("services", index, "unit.name"), protocol::max_name);
  for (const auto& [member, text] : {std::pair{"unit.load_state", &unit.load_state},
                                     {"unit.active_state", &unit.active_state},
                                     {"unit.sub_state", &unit.sub_state},
                                     {"unit.unit_file_state", &unit.unit_file_state},
                                     {"unit.freezer_state", &unit.freezer_state},
                                     {"unit.result", &unit.result},
                                     {"unit.invocation_id", &unit.invocation_id}})
    if (!is_text(*text, protocol::max_word))
      return refuse_text(part("services", index, member), protocol::max_word);
  const auto is_alias = [](const std::string& alias) { return is_text(alias, protocol::max_name); };
  if (unit.aliases.size() > protocol::max_aliases || !std::ranges::all_of(unit.aliases, is_alias))
    return refuse(part("services", index, "unit.aliases"), "are too many or no plain text");
  return {};
}

Checked check_services(const protocol::SyncRequest& report, std::size_t max_services) {
  if (report.services.size() > max_services || report.removed.size() > max_services)
    return refuse("services", "are more than " + std::to_string(max_services));
  std::set<Uuid> seen;
  for (std::size_t i = 0; i < report.services.size(); ++i) {
    const ServiceFacts& service = report.services[i];
    if (!is_name(service.binary)) return refuse(part("services", i, "binary"), "is no binary's name");
    if (!is_text(service.instance, protocol::max_name))
      return refuse_text(part("services", i, "instance"), protocol::max_name);
    if (service.id != service_id(report.host, service.binary, service.instance))
      return refuse(part("services", i, "id"),
                    "is not the id of " + service.binary + " on this host: " + to_string(service.id));
    if (!seen.insert(service.id).second)
      return refuse(part("services", i, "id"), "is there twice: " + to_string(service.id));
    if (auto unit = check_unit(service.unit, i); !unit) return unit;
  }
  for (std::size_t i = 0; i < report.removed.size(); ++i)
    if (!seen.insert(report.removed[i]).second)
      return refuse(part("removed", i),
                    "is removed twice, or removed and changed at once: " + to_string(report.removed[i]));
  return {};
}

Checked check_hold_records(const HoldDelta& delta) {
  std::map<Uuid, const Hold*> seen;
  for (std::size_t i = 0; i < delta.adds.size(); ++i) {
    if (auto hold = check_hold(delta.adds[i]); !hold)
      return refuse(part("holds.adds", i, hold.error().field), "is wrong: " + hold.error().message);
    const auto [known, added] = seen.try_emplace(delta.adds[i].id, &delta.adds[i]);
    if (!added && *known->second != delta.adds[i])
      return refuse(part("holds.adds", i, "id"), "is there twice with different contents");
  }
  for (std::size_t i = 0; i < delta.releases.size(); ++i) {
    if (auto release = check_release(delta.releases[i]); !release)
      return refuse(part("holds.releases", i, release.error().field), "is wrong: " + release.error().message);
  }
  return {};
}

/// A report of everything names itself: otherwise the host would be taken to have what it has not.
Checked check_digest(const protocol::HoldExchange& holds) {
  if (!holds.complete) return {};
  HoldSet set{WallTime{}};
  set.apply(holds.delta);
  if (set.digest() == holds.digest) return {};
  return refuse("holds.digest", "is not that of the records, which are said to be all");
}

Checked check_actions(const std::vector<Action>& actions) {
  std::set<Uuid> seen;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const Action& action = actions[i];
    if (action.id.is_nil() || !seen.insert(action.id).second)
      return refuse(part("actions", i, "id"), "is missing or there twice");
    if (action.service.is_nil()) return refuse(part("actions", i, "service"), "is missing");
    if (!check_owner(action.actor)) return refuse(part("actions", i, "actor"), "is no name");
    if (!check_reason(action.reason, false)) return refuse(part("actions", i, "reason"), "is no reason");
    if (action.message.size() > protocol::max_detail || !text_length(action.message))
      return refuse_text(part("actions", i, "message"), protocol::max_detail);
  }
  return {};
}

bool is_excerpt_text(std::string_view text, std::size_t max_characters) {
  const auto length = text_length(text);
  return length && *length <= max_characters && !has_control(text);
}

Checked check_journal(const protocol::JournalReport& journal, std::size_t max_services) {
  if (journal.services.size() > max_services)
    return refuse("journal.services", "are more than " + std::to_string(max_services));
  if (journal.period && journal.period->since > journal.period->as_of)
    return refuse("journal.period", "ends before it begins");
  for (std::size_t i = 0; i < journal.services.size(); ++i) {
    const JournalExcerpt& entries = journal.services[i].entries;
    if (entries.size() > excerpt_size)
      return refuse(part("journal.services", i, "entries"), "are more than " + std::to_string(excerpt_size));
    for (const JournalEntry& entry : entries)
      if (!is_excerpt_text(entry.message, excerpt_characters) ||
          !is_excerpt_text(entry.identifier, identifier_characters))
        return refuse(part("journal.services", i, "entries"),
                      "have a text that is too long or no plain text");
  }
  return {};
}

}  // namespace

Result<void> check_report(const protocol::SyncRequest& report, std::size_t max_services) {
  if (auto checked = check_head(report); !checked) return checked;
  if (auto checked = check_services(report, max_services); !checked) return checked;
  if (auto checked = check_hold_records(report.holds.delta); !checked) return checked;
  if (report.journal)
    if (auto checked = check_journal(*report.journal, max_services); !checked) return checked;
  if (auto checked = check_digest(report.holds); !checked) return checked;
  return check_actions(report.actions);
}

}  // namespace nova::zone
