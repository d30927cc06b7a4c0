// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "model/hold.hpp"

/// What a record takes in a message or a file: at least its bytes as JSON (rest/protocol), so that a bound on
/// the weight is a bound on both.
namespace nova {

std::size_t weight_of(const Hold& hold);
std::size_t weight_of(const Release& release);
/// The heaviest release there can be: kept free for each hold in force, because RESUME is never refused.
std::size_t heaviest_release();

}  // namespace nova
