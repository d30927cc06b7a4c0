// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "rest/http/exchange.hpp"
#include "rest/http/json_out.hpp"
#include "rest/zone/snapshot.hpp"

namespace nova::http {

/// The strong tag of everything that follows from a snapshot alone: the zone's start and the generation.
std::string etag_of(const zone::Snapshot& snapshot);
/// Likewise, for a body of a generation that may be newer than the snapshot.
std::string etag_of(const Uuid& incarnation, std::uint64_t generation);
/// The tag of a body that knows more than the snapshot: weak, because what moves in it by itself counts for
/// nothing. While the tag stays, only such figures have become younger.
std::string etag_of(const JsonOut& body);
/// Whether If-None-Match names the tag. Compared weakly (RFC 9110 section 13.1.2): the front marks the tags
/// of what it compresses as weak.
bool matches(std::string_view if_none_match, std::string_view etag);
/// 304 with the tag.
Reply not_modified(const std::string& etag);

}  // namespace nova::http
