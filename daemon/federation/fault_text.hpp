// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/federation/transfers.hpp"

namespace nova::federation {

/// What a zone says that refuses: the sentence in its fault ({"badRequest": {"message": …}}), or the
/// beginning of the body where it is none. It may be anybody's words, a proxy's among them.
std::string fault_text(const HttpReply& reply);

}  // namespace nova::federation
