// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nova::http {

/// rest/openapi.yaml, put into the program by the build.
extern const std::string_view openapi_document;

}  // namespace nova::http
