// SPDX-License-Identifier: Apache-2.0
#include "config/reader.hpp"

#include <ini.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/text.hpp"

namespace nova::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 1024 * 1024;

std::unexpected<Error> refuse_line(const std::string& file, int line, const std::string& why) {
  return fail(Errc::invalid_argument, file + ":" + std::to_string(line) + ": " + why);
}

/// What inih is given: one text, handed over line by line so that we know which line it is in.
struct Source {
  std::string_view rest;
  const std::string& file;
  int line = 0;
  std::vector<Entry> entries;
  std::string problem;
  int problem_line = 0;

  void fault(const std::string& why) {
    if (problem.empty()) problem = why, problem_line = line;
  }
};

std::string_view strip_front(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

/// inih's fgets(). Leading blanks go, because inih would take such a line for a continuation of the one
/// before; a line that does not fit its buffer is refused, because inih would read the rest as a new line.
char* next_line(char* out, int size, void* stream) {
  auto& source = *static_cast<Source*>(stream);
  if (source.rest.empty() || !source.problem.empty()) return nullptr;
  ++source.line;
  const auto end = source.rest.find('\n');
  const auto line = strip_front(source.rest.substr(0, end));
  source.rest = end == std::string_view::npos ? std::string_view{} : source.rest.substr(end + 1);
  if (line.size() + 2 > static_cast<std::size_t>(size)) {
    source.fault("cannot read a line of more than " + std::to_string(size - 2) +
                 " bytes: repeat the key to add to a list");
    return nullptr;
  }
  if (line.find('\0') != std::string_view::npos || !text_length(line)) {
    source.fault("cannot read this line: it must be valid UTF-8 without NUL bytes");
    return nullptr;
  }
  if (line.starts_with('['))
    if (const auto end_of_name = line.find(']'); end_of_name != std::string_view::npos)
      source.entries.push_back(
          {std::string(line.substr(1, end_of_name - 1)), "", "", source.file, source.line});
  line.copy(out, line.size());
  std::strcpy(out + line.size(), "\n");  // NOLINT(clang-analyzer-security.insecureAPI.strcpy): checked above
  return out;
}

int take(void* user, const char* section, const char* name, const char* value) {
  auto& source = *static_cast<Source*>(user);
  if (*section == '\0')
    source.fault("cannot take " + std::string(name) + "= before any [Section]");
  else if (*name == '\0')
    source.fault("cannot take a line without a key: write Key=Value");
  else
    source.entries.push_back({section, name, value, source.file, source.line});
  return 1;
}

Result<std::string> read_file(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) return fail(Errc::invalid_argument, file.string() + ": cannot read: " + error.message());
  if (size > largest_file)
    return fail(Errc::invalid_argument, file.string() + ": cannot read: larger than 1 MiB");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in && size > 0)
    return fail(Errc::invalid_argument, file.string() + ": cannot read: " + std::strerror(errno));
  return std::move(text).str();
}

/// The main file where it exists, then its drop-ins by name.
Result<std::vector<fs::path>> files_of(const fs::path& file) {
  std::vector<fs::path> found;
  std::error_code error;
  if (fs::exists(file, error)) found.push_back(file);
  const fs::path folder = file.string() + ".d";
  if (!error && fs::is_directory(folder, error)) {
    std::vector<fs::path> drop_ins;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().extension() == ".conf") drop_ins.push_back(entry->path());
    std::ranges::sort(drop_ins);
    found.insert(found.end(), drop_ins.begin(), drop_ins.end());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(Errc::invalid_argument, file.string() + ": cannot read: " + error.message());
  return found;
}

}  // namespace

std::string Entry::place() const {
  return file + ":" + std::to_string(line);
}

Result<std::vector<Entry>> parse(const std::string& text, const std::string& name) {
  Source source{.rest = text, .file = name, .entries = {}, .problem = {}};
  const int bad_line = ini_parse_stream(next_line, &source, take, &source);
  const bool ours_first = !source.problem.empty() && (bad_line <= 0 || source.problem_line <= bad_line);
  if (ours_first) return refuse_line(name, source.problem_line, source.problem);
  if (bad_line != 0)
    return refuse_line(name, bad_line, "cannot read this line: write [Section], Key=Value or # comment");
  return std::move(source.entries);
}

Result<std::vector<Entry>> read(const fs::path& file) {
  const auto files = files_of(file);
  if (!files) return std::unexpected(files.error());
  std::vector<Entry> all;
  for (const fs::path& path : *files) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    auto entries = parse(*text, path.string());
    if (!entries) return entries;
    std::ranges::move(*entries, std::back_inserter(all));
  }
  return all;
}

}  // namespace nova::config
