// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/error.hpp"

/// Configuration in systemd's style: INI with sections, CamelCase keys, drop-ins, and the file and line of
/// every mistake. What the keys mean is each daemon's own business.
namespace nova::config {

/// One assignment, with where it stands for error messages; or the beginning of a section, with no key.
struct Entry {
  std::string section;  ///< "Host"
  std::string key;      ///< "NovaHost"; "" for the line "[Host]" itself, so that an unknown one is seen
  std::string value;    ///< without spaces around it; may be empty, which resets a list
  std::string file;
  int line = 0;

  /// "/etc/novahost/novahostd.conf:12"
  std::string place() const;
  bool operator==(const Entry&) const = default;
};

/// Reads `file` and then every `FILE.d/*.conf` in the order of their names. A file that does not exist is
/// empty; one that cannot be read or parsed, is no UTF-8, or is larger than 1 MiB is an error with its place.
/// Lines of one key are all returned, in order: a later one wins, or adds to a list, as its consumer decides.
/// Comments are lines that begin with # or ;, and what follows a blank and ";" in a line.
Result<std::vector<Entry>> read(const std::filesystem::path& file);

/// The same for a text in memory; `name` stands for the file in errors.
Result<std::vector<Entry>> parse(const std::string& text, const std::string& name);

/// An error at the place of an entry: "FILE:LINE: cannot …". Its field is "Section.Key".
std::unexpected<Error> refuse(const Entry& entry, const std::string& why);

/// What takes the entries of one key, or refuses its value with refuse() (any failure gets the entry's
/// place).
using Taker = std::function<Result<void>(const Entry&)>;

/// All keys of a daemon: {section, key} to what takes it.
using Table = std::map<std::pair<std::string, std::string>, Taker>;

/// Hands each entry to its taker, in order. An unknown section or key is refused with its place and the
/// nearest known word, if there is one.
Result<void> dispatch(const std::vector<Entry>& entries, const Table& table);

// Readers of values, each refusing everything else with its place.
Result<bool> to_bool(const Entry& entry);  ///< yes/no, true/false, on/off, 1/0
Result<long> to_number(const Entry& entry, long smallest, long largest);
/// Words separated by spaces; an empty value is an empty list.
std::vector<std::string> to_words(const Entry& entry);

}  // namespace nova::config
