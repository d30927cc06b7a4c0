// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.hpp"

#include <optional>

#include "config/reader.hpp"
#include "daemon/federation/transfers.hpp"
#include "model/hold.hpp"

namespace nova {
namespace {

using config::Entry;

Result<void> take_name(HostConfig& config, const Entry& entry) {
  const bool blank = entry.value.find_first_of(" \t") != std::string::npos;
  if (blank || !check_owner(entry.value) || entry.value.size() > 100)
    return config::refuse(entry,
                          "cannot take NovaHost=" + entry.value +
                              ": write the host's name in Nova (1 to 100 bytes, no spaces), or leave it out");
  config.nova_host = entry.value;
  return {};
}

Result<void> take_pattern(HostConfig& config, const Entry& entry) {
  const auto words = config::to_words(entry);
  if (words.empty()) {
    config.patterns.clear();
    return {};
  }
  const bool controllable = words.size() == 3 && words[2] == "controllable";
  if (words.size() != 2 && !controllable)
    return config::refuse(entry, "cannot read Pattern=" + entry.value +
                                     ": write Pattern=GLOB BINARY, and \"controllable\" " +
                                     "after it where the rule of \"novahostd --polkit-rule\" is installed");
  host::UnitPattern pattern{words[0], words[1], controllable};
  if (const auto good = host::UnitNames::make({pattern}, {}); !good)
    return config::refuse(entry, good.error().message);
  config.patterns.push_back(std::move(pattern));
  return {};
}

Result<void> take_exclusions(HostConfig& config, const Entry& entry) {
  const auto words = config::to_words(entry);
  if (words.empty()) config.exclusions.clear();
  if (const auto good = host::UnitNames::make({}, words); !good)
    return config::refuse(entry, good.error().message);
  config.exclusions.insert(config.exclusions.end(), words.begin(), words.end());
  return {};
}

Result<void> take_urls(HostConfig& config, const Entry& entry) {
  const auto words = config::to_words(entry);
  if (words.empty()) config.zone_urls.clear();
  for (const std::string& url : words) {
    if (const auto good = federation::check_zone_url(url); !good)
      return config::refuse(entry, good.error().message);
    config.zone_urls.push_back(url);
  }
  return {};
}

/// Which entries said what has to be said together.
struct Pair {
  std::optional<Entry> certificate;
  std::optional<Entry> key;
};

Result<void> check_pair(const HostConfig& config, const Pair& said) {
  if (config.certificate_file.empty() == config.key_file.empty()) return {};
  const auto& lone = config.key_file.empty() ? said.certificate : said.key;
  return config::refuse(*lone,
                        "cannot take only one of CertificateFile= and KeyFile=: give both, or neither");
}

Result<void> take_path(std::filesystem::path& path, const Entry& entry) {
  if (!entry.value.empty() && entry.value.front() != '/')
    return config::refuse(entry, "cannot take " + entry.key + "=" + entry.value + ": write an absolute path");
  path = entry.value;
  return {};
}

Result<void> take_flag(bool& flag, const Entry& entry) {
  const auto value = config::to_bool(entry);
  if (!value) return std::unexpected(value.error());
  flag = *value;
  return {};
}

config::Table table_for(HostConfig& out, Pair& pair) {
  return {
      {{"Host", "NovaHost"}, [&out](const Entry& e) { return take_name(out, e); }},
      {{"Host", "RequireReason"}, [&out](const Entry& e) { return take_flag(out.require_reason, e); }},
      {{"Host", "Pattern"}, [&out](const Entry& e) { return take_pattern(out, e); }},
      {{"Host", "Exclude"}, [&out](const Entry& e) { return take_exclusions(out, e); }},
      {{"Zone", "URL"}, [&out](const Entry& e) { return take_urls(out, e); }},
      {{"Zone", "CAFile"}, [&out](const Entry& e) { return take_path(out.ca_file, e); }},
      {{"Zone", "CertificateFile"},
       [&out, &pair](const Entry& e) {
         pair.certificate = e;
         return take_path(out.certificate_file, e);
       }},
      {{"Zone", "KeyFile"},
       [&out, &pair](const Entry& e) {
         pair.key = e;
         return take_path(out.key_file, e);
       }},
      {{"Zone", "JournalExcerpts"}, [&out](const Entry& e) { return take_flag(out.journal_excerpts, e); }},
  };
}

}  // namespace

Result<HostConfig> read_host_config(const std::filesystem::path& file, const std::string& host_name) {
  const auto entries = config::read(file);
  if (!entries) return std::unexpected(entries.error());
  HostConfig config{.nova_host = host_name};
  Pair pair;
  if (const auto taken = config::dispatch(*entries, table_for(config, pair)); !taken)
    return std::unexpected(taken.error());
  if (const auto whole = check_pair(config, pair); !whole) return std::unexpected(whole.error());
  return config;
}

}  // namespace nova
