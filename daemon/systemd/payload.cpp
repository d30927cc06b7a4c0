// SPDX-License-Identifier: Apache-2.0
// Which commands only ask a container engine, so that a unit's processes are not Nova's.
#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/systemd/unit_decoder.hpp"

namespace nova::systemd {
namespace {

using std::string_view;

string_view base_name(string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_client(string_view name) {
  constexpr std::array<string_view, 4> engines{"docker", "podman", "nerdctl", "ctr"};
  // Paunch, tripleo-ansible and EDPM install a script of that name.
  return std::ranges::find(engines, name) != engines.end() || name.ends_with("-start-podman-container");
}

/// A program whose arguments are another command.
bool runs_others(string_view name) {
  constexpr std::array<string_view, 18> carriers{
      "sh", "bash", "dash",   "ash",  "ksh",     "zsh",     "env",     "sudo",  "doas",
      "su", "nice", "ionice", "chrt", "setpriv", "runuser", "timeout", "nohup", "systemd-cat"};
  return std::ranges::find(carriers, name) != carriers.end();
}

/// "docker" and "/usr/bin/docker", but not "/etc/docker".
bool calls_client(string_view word) {
  if (!is_client(base_name(word))) return false;
  const auto slash = word.rfind('/');
  if (slash == word.npos) return true;
  const string_view folder = base_name(word.substr(0, slash));
  return folder == "bin" || folder == "sbin" || folder == "libexec";
}

/// The words of all arguments, also of a shell's whole script in one.
std::vector<string_view> words_of(const std::vector<std::string>& arguments) {
  constexpr string_view between = " \t\n;&|()`'\"";
  std::vector<string_view> words;
  for (const string_view argument : arguments)
    for (std::size_t begin = 0; begin <= argument.size();) {
      const auto end = std::min(argument.find_first_of(between, begin), argument.size());
      if (end > begin) words.push_back(argument.substr(begin, end - begin));
      begin = end + 1;
    }
  return words;
}

bool splits_cgroup(const std::vector<string_view>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == "--cgroups=split" ||
        (words[i] == "--cgroups" && i + 1 < words.size() && words[i + 1] == "split"))
      return true;
  return false;
}

}  // namespace

Payload payload_of(const std::string& path, const std::vector<std::string>& arguments) {
  const string_view program = base_name(path);
  const auto words = words_of(arguments);
  const bool asks_engine =
      is_client(program) || (runs_others(program) && std::ranges::any_of(words, calls_client));
  if (!asks_engine) return Payload::own;
  return splits_cgroup(words) ? Payload::within : Payload::elsewhere;
}

}  // namespace nova::systemd
