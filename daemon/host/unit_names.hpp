// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"
#include "model/vocabulary.hpp"

namespace nova::host {

/// What the name of a unit says about it.
struct UnitName {
  std::string binary;    ///< canonical, "nova-compute"
  std::string instance;  ///< "" unless several of one binary run on a host ("cell1", "ironic")
  Kind kind = Kind::api;
  bool controllable = true;  ///< the polkit rule allows the daemon to act on it
  /// Such names are given to units that have a container engine run Nova elsewhere (Kolla, TripleO, EDPM).
  bool container = false;

  bool operator==(const UnitName&) const = default;
};

/// A further pattern from the configuration.
struct UnitPattern {
  std::string glob;           ///< of the whole unit name, as fnmatch(3): "mynova-cpu*.service"
  std::string binary;         ///< the canonical binary of what it matches
  bool controllable = false;  ///< the administrator says that a polkit rule for it is installed
};

/// Knows how Nova's units are called: by Debian, Ubuntu, RDO, SUSE, DevStack, Kolla, TripleO, EDPM,
/// openstack-ansible and snaps, and as the configuration adds. A unit is known by its name, never by its
/// command (Debian's units all run /etc/init.d scripts). Pure; may be used from several threads.
class UnitNames {
 public:
  /// The built-in patterns only.
  UnitNames();
  /// With the configuration's patterns, which win over the built-in ones, and exclusions (globs of whole unit
  /// names), which win over both. Errc::invalid_argument names the field ("Pattern", "Exclude") and the
  /// fix: a glob must end in ".service" and begin with a letter or digit, a binary must be one of binaries().
  static Result<UnitNames> make(std::vector<UnitPattern> patterns, std::vector<std::string> exclusions);

  /// What a unit's name says; nothing where it is none of ours. A template itself ("nova-compute@.service")
  /// is none: only its instances run.
  std::optional<UnitName> identify(std::string_view unit) const;

  /// The globs to give to systemd's ListUnitsByPatterns and ListUnitFilesByPatterns. They match more than
  /// identify() takes, never less, and the templates of the instances it takes.
  std::vector<std::string> globs() const;

  /// The configuration's patterns.
  const std::vector<UnitPattern>& patterns() const { return patterns_; }

 private:
  std::vector<UnitPattern> patterns_;
  std::vector<std::string> exclusions_;
};

/// The canonical binaries, "nova-api" … "nova-spicehtml5proxy".
std::vector<std::string_view> binaries();

/// What a canonical binary is for; nothing where it is none.
std::optional<Kind> kind_of(std::string_view binary);

}  // namespace nova::host
