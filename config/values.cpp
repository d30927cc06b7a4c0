// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <numeric>
#include <sstream>

#include "config/reader.hpp"

namespace nova::config {
namespace {

/// How many letters have to be changed to get from one word to the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

/// "did you mean NovaHost=?", or nothing where no known word is near.
std::string hint(const std::string& word, const std::vector<std::string>& known, const std::string& around) {
  const auto nearest = std::ranges::min_element(
      known, {}, [&](const std::string& candidate) { return distance(word, candidate); });
  if (nearest == known.end() || distance(word, *nearest) > (word.size() + 1) / 2) return "";
  return "; did you mean " + (around == "[" ? "[" + *nearest + "]" : *nearest + around) + "?";
}

std::unexpected<Error> refuse_unknown(const Entry& entry, const Table& table) {
  std::vector<std::string> sections;
  std::vector<std::string> keys;
  for (const auto& [name, taker] : table) {
    if (sections.empty() || sections.back() != name.first) sections.push_back(name.first);
    if (name.first == entry.section) keys.push_back(name.second);
  }
  if (keys.empty())
    return refuse(
        entry, "cannot take section [" + entry.section + "]: unknown" + hint(entry.section, sections, "["));
  return refuse(entry, "cannot take " + entry.key + "= in [" + entry.section + "]: unknown" +
                           hint(entry.key, keys, "="));
}

bool knows_section(const Table& table, const std::string& section) {
  return std::ranges::any_of(table, [&](const auto& row) { return row.first.first == section; });
}

}  // namespace

std::unexpected<Error> refuse(const Entry& entry, const std::string& why) {
  return fail(Errc::invalid_argument, entry.place() + ": " + why, entry.section + "." + entry.key);
}

Result<void> dispatch(const std::vector<Entry>& entries, const Table& table) {
  for (const Entry& entry : entries) {
    const auto taker = table.find({entry.section, entry.key});
    if (taker == table.end()) {
      if (entry.key.empty() && knows_section(table, entry.section)) continue;
      return refuse_unknown(entry, table);
    }
    const auto taken = taker->second(entry);
    if (taken) continue;
    if (taken.error().message.starts_with(entry.place())) return taken;
    return refuse(entry, taken.error().message);
  }
  return {};
}

Result<bool> to_bool(const Entry& entry) {
  std::string word = entry.value;
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "yes" || word == "true" || word == "on" || word == "1") return true;
  if (word == "no" || word == "false" || word == "off" || word == "0") return false;
  return refuse(entry, "cannot read " + entry.key + "=" + entry.value + ": write yes or no");
}

Result<long> to_number(const Entry& entry, long smallest, long largest) {
  long number = 0;
  const auto* end = entry.value.data() + entry.value.size();
  const auto [stop, error] = std::from_chars(entry.value.data(), end, number);
  if (error != std::errc{} || stop != end || number < smallest || number > largest)
    return refuse(entry, "cannot read " + entry.key + "=" + entry.value + ": write a number from " +
                             std::to_string(smallest) + " to " + std::to_string(largest));
  return number;
}

std::vector<std::string> to_words(const Entry& entry) {
  std::istringstream in(entry.value);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace nova::config
