// SPDX-License-Identifier: Apache-2.0
#pragma once

// The server library defines a macro named "unreachable", which C++23 declares as a function in <utility>:
// that has to be read before, and the macro has to go after.
// clang-format off
#include <utility>
#include <pistache/endpoint.h>
#include <pistache/http.h>
// clang-format on
#undef unreachable
