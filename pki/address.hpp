// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nova::pki {

/// Whether a text is an IP address, of either version, and nothing else.
bool is_address(const std::string& text);
/// Whether it is one by which a machine reaches itself: 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& text);
/// The one spelling by which addresses are compared; of what is no IPv6 address the text itself.
std::string canonical_address(const std::string& text);

}  // namespace nova::pki
