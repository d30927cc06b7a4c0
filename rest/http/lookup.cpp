// SPDX-License-Identifier: Apache-2.0
#include "rest/http/lookup.hpp"

namespace nova::http {

Result<FoundService> find_service(const Parts& parts, const Request& request) {
  const auto id = parse_uuid(request.captured.at(0), "service id");
  if (!id) return std::unexpected(id.error());
  FoundService found{.snapshot = parts.writer.snapshot()};
  found.service = found.snapshot->find_service(*id, &found.host);
  if (!found.service)
    return fail(Errc::no_such_service, "Service " + to_string(*id) + " could not be found.");
  return found;
}

Result<Uuid> read_request_id(const Request& request) {
  std::string_view text = request.captured.at(1);
  if (text.starts_with("req-")) text.remove_prefix(4);
  return parse_uuid(text, "request id");
}

}  // namespace nova::http
