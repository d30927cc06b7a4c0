// SPDX-License-Identifier: Apache-2.0
#include "daemon/host_facts.hpp"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <fstream>

#include "daemon/clocks.hpp"
#include "daemon/version.hpp"

namespace nova {
namespace {

std::string machine_id() {
  sd_id128_t id{};
  if (sd_id128_get_machine(&id) < 0) return "";
  std::array<char, SD_ID128_STRING_MAX> text{};
  return sd_id128_to_string(id, text.data());
}

/// PRETTY_NAME of os-release(5), without its quotes.
std::string operating_system() {
  constexpr std::string_view key = "PRETTY_NAME=";
  for (const char* file : {"/etc/os-release", "/usr/lib/os-release"}) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with(key)) continue;
      std::string value = line.substr(key.size());
      if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
        value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return "";
}

}  // namespace

double load_average() {
  struct sysinfo facts {};  // /proc/loadavg is not there in our sandbox
  if (sysinfo(&facts) < 0) return 0;
  const double load = static_cast<double>(facts.loads[0]) / (1 << SI_LOAD_SHIFT);
  return std::round(load * 100) / 100;
}

WallTime boot_time(const Now& now) {
  return now.wall - now.boot.time_since_epoch();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

HostInfo read_host_info(const std::string& name, const std::string& systemd) {
  utsname kernel{};
  uname(&kernel);
  const Now now = read_clocks();
  return {.name = name,
          .machine_id = machine_id(),
          .os = operating_system(),
          .kernel = kernel.release,
          .architecture = kernel.machine,
          .daemon = version,
          .systemd = systemd,
          .boot_time = boot_time(now),
          .load1 = load_average()};
}

}  // namespace nova
