// SPDX-License-Identifier: Apache-2.0
#include "rest/config.hpp"

#include <charconv>
#include <optional>

#include "config/reader.hpp"
#include "model/hold.hpp"
#include "pki/address.hpp"
#include "rest/ca/authority.hpp"

namespace nova::zone {
namespace {

using config::Entry;
using config::refuse;
using config::Taker;

constexpr Millis shortest_life{std::chrono::minutes{1}};
constexpr Millis longest_life{std::chrono::hours{24 * 825}};  // what TLS libraries accept of a certificate

Taker text(std::string& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto checked = check_owner(entry.value);  // the same bounds as any label
    if (!checked) return refuse(entry, "cannot take " + entry.key + "=: write 1 to 128 bytes of text");
    target = *checked;
    return {};
  };
}

Taker truth(bool& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto value = config::to_bool(entry);
    if (!value) return std::unexpected(value.error());
    target = *value;
    return {};
  };
}

Taker path(std::filesystem::path& target) {
  return [&target](const Entry& entry) -> Result<void> {
    if (!entry.value.starts_with('/'))
      return refuse(entry, "cannot take " + entry.key + "=: write an absolute path");
    target = entry.value;
    return {};
  };
}

/// A path that stands in nginx's configuration.
Taker plain_path(std::filesystem::path& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const bool plain = entry.value.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789._-/") == std::string::npos;
    if (!plain || !entry.value.starts_with('/'))
      return refuse(entry, "cannot take " + entry.key +
                               "=: write an absolute path of letters, digits, and the characters . _ - /");
    target = entry.value;
    return {};
  };
}

Taker port(std::uint16_t& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto value = config::to_number(entry, 1, 65535);
    if (!value) return std::unexpected(value.error());
    target = static_cast<std::uint16_t>(*value);
    return {};
  };
}

Taker span(Millis& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto value = parse_span(entry.value);
    if (!value || *value < shortest_life || *value > longest_life)
      return refuse(entry, "cannot take " + entry.key + "=: write a time from 1min to 825d, such as 30d");
    target = *value;
    return {};
  };
}

Taker addresses(std::vector<std::string>& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto words = config::to_words(entry);
    if (words.empty()) target.clear();
    for (const auto& word : words) {
      if (!pki::is_address(word))
        return refuse(entry,
                      "cannot take Address=: \"" + word + "\" is no IP address; names are not resolved");
      target.push_back(word);
    }
    return {};
  };
}

/// By the same rule as the certificate that is made of them; so none of them can mean more than a name in
/// nginx's configuration either.
Taker names(std::vector<std::string>& target) {
  return [&target](const Entry& entry) -> Result<void> {
    const auto words = config::to_words(entry);
    if (words.empty()) target.clear();
    for (const auto& word : words) {
      if (!ca::check_server_name(word))
        return refuse(entry, "cannot take Names=: \"" + word + "\" is no host name and no IP address");
      target.push_back(word);
    }
    return {};
  };
}

Taker mode(FrontMode& target) {
  return [&target](const Entry& entry) -> Result<void> {
    if (entry.value == "private") {
      target = FrontMode::private_;
    } else if (entry.value == "external") {
      target = FrontMode::external;
    } else if (entry.value == "none") {
      target = FrontMode::none;
    } else {
      return refuse(entry, "cannot take Mode=: write private, external or none");
    }
    return {};
  };
}

/// What single lines cannot tell.
Result<void> check_whole(const Config& config, const std::string& file) {
  const auto refuse_whole = [&](const std::string& why, const char* field) {
    return fail(Errc::invalid_argument, file + ": " + why, field);
  };
  if (config.backend_port == UINT16_MAX)
    return refuse_whole("cannot use port 65535: BackendPort= in [Front] needs the next one too",
                        "Front.BackendPort");
  const bool taken = config.port == config.backend_port || config.port == config.backend_port + 1;
  if (taken && config.front == FrontMode::private_)
    return refuse_whole(
        "cannot use one port for both: choose another BackendPort= in [Front]; it and the next are used",
        "Front.BackendPort");
  if (config.certificate.empty() != config.key.empty())
    return refuse_whole("cannot use one without the other: set CertificateFile= and KeyFile= in [Front]",
                        "Front.CertificateFile");
  if (config.front == FrontMode::external && config.secret_file.empty())
    return refuse_whole(
        "cannot trust an external front: set SecretFile= in [Front] to the file of the secret "
        "that it sends in X-Nova-Front",
        "Front.SecretFile");
  if (config.anonymous && config.front != FrontMode::none)
    return refuse_whole("cannot be anonymous behind a front: Anonymous=yes in [Front] needs Mode=none",
                        "Front.Anonymous");
  return {};
}

}  // namespace

Result<Millis> parse_span(const std::string& text) {
  long number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  std::optional<std::chrono::seconds> one;
  if (unit == "s") one = std::chrono::seconds(1);
  if (unit == "min") one = std::chrono::minutes(1);
  if (unit == "h") one = std::chrono::hours(1);
  if (unit == "d") one = std::chrono::hours(24);
  if (failure != std::errc{} || number < 1 || number > 1000000 || !one)
    return fail(Errc::invalid_argument, "cannot read a time: write a number and s, min, h or d");
  return Millis(number * *one);
}

Result<Config> read_config(const std::filesystem::path& file) {
  const auto entries = config::read(file);
  if (!entries) return std::unexpected(entries.error());
  Config read;
  const config::Table table{{{"Zone", "Name"}, text(read.name)},
                            {{"Zone", "RequireReason"}, truth(read.require_reason)},
                            {{"Zone", "StateDirectory"}, path(read.state_directory)},
                            {{"Zone", "RuntimeDirectory"}, plain_path(read.runtime_directory)},
                            {{"Front", "Mode"}, mode(read.front)},
                            {{"Front", "Address"}, addresses(read.addresses)},
                            {{"Front", "Port"}, port(read.port)},
                            {{"Front", "BackendPort"}, port(read.backend_port)},
                            {{"Front", "Names"}, names(read.names)},
                            {{"Front", "CertificateFile"}, path(read.certificate)},
                            {{"Front", "KeyFile"}, path(read.key)},
                            {{"Front", "CertificateLife"}, span(read.server_life)},
                            {{"Front", "ClientCAFile"}, path(read.client_ca)},
                            {{"Front", "SecretFile"}, path(read.secret_file)},
                            {{"Front", "Anonymous"}, truth(read.anonymous)},
                            {{"Hosts", "CertificateLife"}, span(read.certificate_life)}};
  if (auto taken = config::dispatch(*entries, table); !taken) return std::unexpected(taken.error());
  if (auto sound = check_whole(read, file.string()); !sound) return std::unexpected(sound.error());
  return read;
}

}  // namespace nova::zone
