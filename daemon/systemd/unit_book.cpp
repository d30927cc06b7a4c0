// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/unit_book.hpp"

#include <algorithm>

namespace nova::systemd {
namespace {

bool contradicts(const ListedUnit& row, const UnitFacts& facts) {
  return row.load_state != facts.load_state || row.active_state != facts.active_state ||
         row.sub_state != facts.sub_state;
}

std::string template_of(const std::string& instance) {
  return instance.substr(0, instance.find('@')) + "@.service";
}

}  // namespace

void UnitBook::list(const std::vector<ListedUnit>& units, const std::vector<KnownFile>& files) {
  std::map<std::string, Loaded> now;
  for (const ListedUnit& row : units) {
    if (!names_->identify(row.name)) continue;
    Loaded entry;
    if (const auto known = loaded_.find(row.name); known != loaded_.end()) entry = std::move(known->second);
    entry.row = row;
    if (contradicts(row, entry.reading.facts)) entry.fresh = false;
    now.emplace(row.name, std::move(entry));
  }
  loaded_ = std::move(now);
  files_.clear();
  templates_.clear();
  for (const KnownFile& file : files) {
    if (names_->identify(file.name)) files_.emplace(file.name, file);
    if (file.name.ends_with("@.service")) templates_.emplace(file.name, file.state);
  }
  std::erase_if(ran_, [&](const auto& entry) { return !templates_.contains(template_of(entry.first)); });
}

void UnitBook::read(const std::string& unit, UnitReading reading) {
  const auto entry = loaded_.find(unit);
  if (entry == loaded_.end()) return;
  remember(unit, reading);
  entry->second.reading = std::move(reading);
  entry->second.fresh = true;
  entry->second.ever_read = true;
}

/// Only once it has run: a mere question for any instance has systemd load it for a moment.
void UnitBook::remember(const std::string& unit, const UnitReading& reading) {
  if (unit.find('@') == unit.npos) return;
  if (reading.facts.active_state != "inactive" || ran_.contains(unit))
    ran_[unit] = reading.facts.unit_file_state;
}

void UnitBook::distrust(const std::string& unit) {
  if (const auto entry = loaded_.find(unit); entry != loaded_.end()) entry->second.fresh = false;
}

void UnitBook::distrust_all() {
  for (auto& [name, entry] : loaded_) entry.fresh = false;
}

std::set<std::string> UnitBook::loaded() const {
  std::set<std::string> names;
  for (const auto& [name, entry] : loaded_) names.insert(name);
  return names;
}

std::set<std::string> UnitBook::stale() const {
  std::set<std::string> names;
  for (const auto& [name, entry] : loaded_)
    if (!entry.fresh) names.insert(name);
  return names;
}

const UnitReading* UnitBook::reading(const std::string& unit) const {
  const auto entry = loaded_.find(unit);
  return entry != loaded_.end() && entry->second.ever_read ? &entry->second.reading : nullptr;
}

std::vector<host::FoundUnit> UnitBook::units() const {
  std::vector<host::FoundUnit> found;
  for (const auto& [name, entry] : loaded_) {
    const UnitFacts& facts = entry.reading.facts;
    const bool only_a_name =
        facts.load_state == "not-found" && facts.active_state == "inactive" && !files_.contains(name);
    if (entry.ever_read && !only_a_name) found.push_back(from_reading(name, entry));
  }
  for (const auto& [name, file] : files_)
    if (file.state != "alias" && !loaded_.contains(name)) found.push_back(from_file(file));
  for (const KnownFile& instance : rested_instances()) found.push_back(from_file(instance));
  std::ranges::sort(found, {}, [](const host::FoundUnit& unit) { return unit.facts.name; });
  return found;
}

std::vector<KnownFile> UnitBook::rested_instances() const {
  std::vector<KnownFile> rested;
  for (const auto& [name, state] : ran_) {
    const auto made_of = templates_.find(template_of(name));
    if (made_of == templates_.end() || loaded_.contains(name) || files_.contains(name)) continue;
    const bool masked = made_of->second.starts_with("masked");
    rested.push_back({name, masked ? made_of->second : state, ""});
  }
  return rested;
}

host::FoundUnit UnitBook::from_reading(const std::string& name, const Loaded& loaded) const {
  const host::UnitName said = *names_->identify(name);
  host::FoundUnit unit{said.binary, said.instance, said.kind, loaded.reading.facts, said.controllable};
  unit.facts.name = name;
  // A start script of the deployment's own may hide the engine; only a split control group says otherwise.
  unit.facts.payload_elsewhere |= said.container && !loaded.reading.payload_within;
  // The list of files is read from the disk; systemd's own property is remembered since the unit was loaded.
  const auto file = files_.find(name);
  if (file != files_.end()) unit.facts.unit_file_state = file->second.state;
  return unit;
}

host::FoundUnit UnitBook::from_file(const KnownFile& file) const {
  const host::UnitName said = *names_->identify(file.name);
  host::FoundUnit unit{said.binary, said.instance, said.kind, {}, said.controllable};
  UnitFacts& facts = unit.facts;
  facts.name = file.name;
  facts.load_state = "not-loaded";
  facts.unit_file_state = file.state;
  // systemd forgets a unit only when it is at rest, without a failure and not frozen.
  facts.active_state = "inactive";
  facts.sub_state = "dead";
  facts.freezer_state = "running";
  facts.result = "success";
  facts.payload_elsewhere = said.container;
  for (const auto& [name, other] : files_)
    if (other.state == "alias" && resolve(name) == file.name) facts.aliases.push_back(name);
  return unit;
}

std::string UnitBook::resolve(const std::string& alias) const {
  std::string name = alias;
  // Links may form a chain; a loop of them ends after as many steps as there are files.
  for (std::size_t steps = 0; steps <= files_.size(); ++steps) {
    const auto file = files_.find(name);
    if (file == files_.end() || file->second.state != "alias") return name;
    name = file->second.alias_of;
  }
  return alias;
}

}  // namespace nova::systemd
