// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace nova {

/// The number of characters (code points) of a UTF-8 text; nothing where it is not valid UTF-8 (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<std::size_t> text_length(std::string_view text);

/// True where a valid UTF-8 text has a control character (C0, DEL or C1), which no label or reason may carry
/// into a log or a terminal.
bool has_control(std::string_view text);

}  // namespace nova
