// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nova {

/// The number of characters (code points) of a UTF-8 text; nothing where it is not valid UTF-8 (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<std::size_t> text_length(std::string_view text);

/// True where a valid UTF-8 text has a control character (C0, DEL or C1), which no label or reason may carry
/// into a log or a terminal.
bool has_control(std::string_view text);

/// A text for people as it may be shown: valid UTF-8 ("?" stands for each byte that is none), blanks for
/// control characters, cut between characters.
std::string presentable(std::string_view text, std::size_t max_bytes,
                        std::size_t max_characters = std::string_view::npos);
/// The same of at most `most` characters (at least 1), the last one being "…" where it was cut.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace nova
