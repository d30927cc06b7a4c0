// SPDX-License-Identifier: Apache-2.0
#include "rest/http/handlers.hpp"
#include "rest/http/openapi_document.hpp"

namespace nova::http {

Reply get_openapi(const Parts&, const Request&) {
  return {.body = std::string(openapi_document), .content_type = "application/yaml"};
}

}  // namespace nova::http
