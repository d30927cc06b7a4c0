// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/protocol/messages.hpp"

namespace nova::zone {

/// Checks a report for itself, whatever the zone knows: form and length of every text, ids that are derived
/// as they must be, nothing twice, nothing both changed and removed. The error names the part
/// ("services[2].id") and what is wrong.
Result<void> check_report(const protocol::SyncRequest& report, std::size_t max_services);

}  // namespace nova::zone
