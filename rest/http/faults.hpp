// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/error.hpp"
#include "rest/http/exchange.hpp"

namespace nova::http {

/// The HTTP status of a failure: the one table of this boundary.
int status_of(Errc code);
/// Nova's word for a status ("itemNotFound"), as its clients look for it.
std::string_view fault_name(int status);
/// {"itemNotFound": {"code": 404, "message": …}}; the message names the field at fault.
Reply fault(const Error& error);
Reply fault(int status, std::string_view message);

}  // namespace nova::http
