// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/error.hpp"

namespace nova::objects {

/// The D-Bus name of an error: org.openstack.NovaHost1.Error.NAME, and the standard one where authentication
/// would help. The only table of them.
std::string dbus_name(Errc code);

}  // namespace nova::objects
