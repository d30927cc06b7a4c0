// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::http {

/// Whether the REST door on 127.0.0.1 answers GET /healthz within the time. Blocks for it at most.
bool answers(std::uint16_t port, const std::string& secret, std::chrono::milliseconds within);

}  // namespace nova::http
