// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "daemon/journal_reader/scan.hpp"

namespace nova::journal_reader {

/// Opens the journal of this machine and stands behind its newest error. Nothing of it stays open or mapped
/// when the records are gone.
/// @return Errc::unavailable where it cannot be read: no entry at all shows, which a journal always has for
/// those who may see it
Result<std::unique_ptr<Records>> open_journal();

}  // namespace nova::journal_reader
