// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/unit_names.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace nova::host {
namespace {

struct Binary {
  std::string_view name;
  Kind kind;
};
constexpr std::array known_binaries{
    Binary{"nova-api", Kind::api},
    Binary{"nova-api-metadata", Kind::metadata},
    Binary{"nova-api-os-compute", Kind::api},
    Binary{"nova-compute", Kind::compute},
    Binary{"nova-conductor", Kind::conductor},
    Binary{"nova-scheduler", Kind::scheduler},
    Binary{"nova-novncproxy", Kind::console_proxy},
    Binary{"nova-serialproxy", Kind::console_proxy},
    Binary{"nova-spicehtml5proxy", Kind::console_proxy},
};

/// Another spelling of a binary, with the instance that it stands for.
struct Spelling {
  std::string_view stem;
  std::string_view binary;
  std::string_view instance;
};
// RDO turns two names round, containers shorten them, openstack-ansible has an old one.
constexpr std::array spellings{
    Spelling{"nova-metadata-api", "nova-api-metadata", ""},
    Spelling{"nova-metadata", "nova-api-metadata", ""},
    Spelling{"nova-os-compute-api", "nova-api-os-compute", ""},
    Spelling{"nova-vnc-proxy", "nova-novncproxy", ""},
    Spelling{"nova-spiceproxy", "nova-spicehtml5proxy", ""},
    Spelling{"nova-super-conductor", "nova-conductor", "super"},
    Spelling{"nova-compute-ironic", "nova-compute", "ironic"},
};

// DevStack's screen names. Where one may be numbered ("n-cpu-2", "n-novnc-cell1"), the rest is the instance.
struct DevstackName {
  std::string_view stem;
  std::string_view binary;
  bool numbered;
  std::string_view instance;
};
constexpr std::array devstack_names{
    DevstackName{"n-api-meta", "nova-api-metadata", false, ""},
    DevstackName{"n-api", "nova-api", false, ""},
    DevstackName{"n-cpu", "nova-compute", true, ""},
    DevstackName{"n-sch", "nova-scheduler", false, ""},
    DevstackName{"n-super-cond", "nova-conductor", false, "super"},
    DevstackName{"n-cond", "nova-conductor", true, ""},
    DevstackName{"n-novnc", "nova-novncproxy", true, ""},
    DevstackName{"n-spice", "nova-spicehtml5proxy", true, ""},
    DevstackName{"n-sproxy", "nova-serialproxy", true, ""},
};

constexpr std::array built_in_globs{
    "nova-*.service",
    "openstack-nova-*.service",
    "devstack@n-*.service",
    "kolla-nova_*.service",
    "tripleo_nova_*.service",
    "edpm_nova_*.service",
    "snap.openstack-hypervisor.nova-*.service",
    "snap.microstack.nova-*.service",
};
constexpr std::array snaps{"snap.openstack-hypervisor.", "snap.microstack."};
constexpr std::string_view service_suffix = ".service";

std::optional<UnitName> named(std::string_view binary, std::string_view instance) {
  const auto kind = kind_of(binary);
  if (!kind) return std::nullopt;
  return UnitName{std::string(binary), std::string(instance), *kind, true, false};
}

/// Removes a prefix; false, and nothing removed, where it is not there.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// "nova-compute", "nova-metadata-api": a stem in any spelling. `instance` is a template's, and wins.
std::optional<UnitName> from_stem(std::string_view stem, std::string_view instance) {
  for (const Spelling& s : spellings)
    if (s.stem == stem) return named(s.binary, instance.empty() ? s.instance : instance);
  return named(stem, instance);
}

std::optional<UnitName> from_devstack(std::string_view screen) {
  for (const DevstackName& d : devstack_names) {
    std::string_view rest = screen;
    if (!take_prefix(rest, d.stem)) continue;
    if (rest.empty()) return named(d.binary, d.instance);
    if (d.numbered && rest.size() > 1 && rest.front() == '-') return named(d.binary, rest.substr(1));
  }
  return std::nullopt;
}

/// "nova_api", "nova_compute_fake_1": the name of a container. Only Kolla runs several computes on a host so.
std::optional<UnitName> from_container(std::string_view name, bool several_computes) {
  std::string stem(name);
  std::ranges::replace(stem, '_', '-');
  constexpr std::string_view compute = "nova-compute-";
  auto found = from_stem(stem, "");
  // With an '@' it would be the instance of a template, which those tools do not make.
  if (!found && several_computes && stem.starts_with(compute) && stem.size() > compute.size() &&
      stem.find('@') == stem.npos)
    found = named("nova-compute", std::string_view(stem).substr(compute.size()));
  if (found) found->container = true;
  return found;
}

std::optional<UnitName> built_in(std::string_view unit) {
  std::string_view name = unit;
  if (!take_suffix(name, service_suffix)) return std::nullopt;
  if (take_prefix(name, "devstack@")) return from_devstack(name);
  if (take_prefix(name, "kolla-"))
    return take_suffix(name, "-container") ? from_container(name, true) : std::nullopt;
  if (take_prefix(name, "tripleo_") || take_prefix(name, "edpm_")) return from_container(name, false);

  std::string_view instance;
  if (const auto at = name.find('@'); at != name.npos) {
    instance = name.substr(at + 1);
    name = name.substr(0, at);
    if (instance.empty()) return std::nullopt;
  }
  for (const char* snap : snaps)
    if (take_prefix(name, snap)) return from_stem(name, instance);
  take_prefix(name, "openstack-");
  return from_stem(name, instance);
}

bool matches(const std::string& glob, const std::string& unit) {
  return fnmatch(glob.c_str(), unit.c_str(), FNM_NOESCAPE) == 0;
}

bool is_wild(char c) {
  return c == '*' || c == '?' || c == '[' || c == ']';
}

/// What a configured glob leaves open is the instance: "mynova-cpu*.service" makes "2" of
/// mynova-cpu-2.service.
std::string open_part(const std::string& glob, const std::string& unit) {
  const auto first = std::ranges::find_if(glob, is_wild);
  if (first == glob.end()) return {};
  const auto before = static_cast<std::size_t>(first - glob.begin());
  const auto last = std::find_if(glob.rbegin(), glob.rend(), is_wild);
  const auto after = static_cast<std::size_t>(last - glob.rbegin());
  // A bracket's members may be shorter in the unit than in the glob, never so short that the two overlap.
  std::string_view open = std::string_view(unit).substr(before, unit.size() - before - after);
  while (!open.empty() && (open.front() == '-' || open.front() == '_' || open.front() == '@'))
    open.remove_prefix(1);
  return std::string(open);
}

std::string known_words() {
  std::string words;
  for (const Binary& binary : known_binaries) {
    if (!words.empty()) words += ", ";
    words += binary.name;
  }
  return words;
}

/// Units of ours, and templates, are never Nova's.
bool is_excluded_by_nature(std::string_view unit) {
  return unit.starts_with("novahost") || unit.starts_with("novazone") || unit.ends_with("@.service");
}

Result<void> check_glob(const std::string& glob, const char* field) {
  const auto cannot = [&](const std::string& why) {
    return fail(Errc::invalid_argument, "cannot use '" + glob + "' as a pattern of unit names: " + why,
                field);
  };
  if (!glob.ends_with(service_suffix)) return cannot("it has to end in .service");
  if (glob.size() > 255) return cannot("a unit name has at most 255 characters");
  if (!std::isalnum(static_cast<unsigned char>(glob.front())))
    return cannot("it has to begin with a letter or a digit, so that it cannot match everything");
  const auto strange = [](char c) {
    return !std::isalnum(static_cast<unsigned char>(c)) &&
           std::string_view(":-_.\\@*?[]").find(c) == std::string_view::npos;
  };
  if (std::ranges::any_of(glob, strange))
    return cannot("besides letters and digits only : - _ . \\ @ * ? [ ] are allowed");
  return {};
}

}  // namespace

std::vector<std::string_view> binaries() {
  std::vector<std::string_view> names;
  for (const Binary& binary : known_binaries) names.push_back(binary.name);
  return names;
}

std::optional<Kind> kind_of(std::string_view binary) {
  for (const Binary& known : known_binaries)
    if (known.name == binary) return known.kind;
  return std::nullopt;
}

UnitNames::UnitNames() = default;

Result<UnitNames> UnitNames::make(std::vector<UnitPattern> patterns, std::vector<std::string> exclusions) {
  for (const UnitPattern& pattern : patterns) {
    if (auto good = check_glob(pattern.glob, "Pattern"); !good) return std::unexpected(good.error());
    if (!kind_of(pattern.binary))
      return fail(Errc::invalid_argument,
                  "cannot take '" + pattern.binary + "' as the binary of " + pattern.glob +
                      ": it has to be one of " + known_words(),
                  "Pattern");
  }
  for (const std::string& glob : exclusions)
    if (auto good = check_glob(glob, "Exclude"); !good) return std::unexpected(good.error());
  UnitNames names;
  names.patterns_ = std::move(patterns);
  names.exclusions_ = std::move(exclusions);
  return names;
}

std::optional<UnitName> UnitNames::identify(std::string_view unit) const {
  if (is_excluded_by_nature(unit)) return std::nullopt;
  const std::string name(unit);
  for (const std::string& glob : exclusions_)
    if (matches(glob, name)) return std::nullopt;
  for (const UnitPattern& pattern : patterns_)
    if (matches(pattern.glob, name))
      return UnitName{pattern.binary, open_part(pattern.glob, name), *kind_of(pattern.binary),
                      pattern.controllable};
  return built_in(unit);
}

std::vector<std::string> UnitNames::globs() const {
  std::vector<std::string> globs(built_in_globs.begin(), built_in_globs.end());
  for (const UnitPattern& pattern : patterns_) globs.push_back(pattern.glob);
  // "devstack@n-*.service" does not match the template that its instances are made of.
  for (std::size_t i = 0, all = globs.size(); i < all; ++i)
    if (const auto at = globs[i].find('@'); at != std::string::npos)
      globs.push_back(globs[i].substr(0, at) + "@.service");
  return globs;
}

}  // namespace nova::host
