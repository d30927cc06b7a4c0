// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/host/unit_names.hpp"

namespace nova {

/// The polkit rule for units that the configuration adds (Pattern=): what `novahostd --polkit-rule` prints,
/// for /etc/polkit-1/rules.d/48-novahost-local.rules. Each glob becomes an anchored expression; like the
/// packaged rule it refuses transient units.
std::string polkit_rule_for(const std::vector<host::UnitPattern>& patterns);

}  // namespace nova
