// SPDX-License-Identifier: Apache-2.0
#include "rest/http/pistache_convert.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "rest/http/target.hpp"

namespace nova::http {
namespace {

namespace library = Pistache::Http;

/// A header of any name; the library drops raw ones silently. Its text can break no line.
class NamedHeader final : public library::Header::Header {
 public:
  static constexpr const char* Name = "";
  NamedHeader(std::string name, std::string_view value) : name_(std::move(name)) {
    for (const char c : value)
      if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) value_ += c;
  }
  const char* name() const override { return name_.c_str(); }
#ifdef SAFE_HEADER_CAST
  uint64_t hash() const override {
    return 0;
  }
#endif
  void write(std::ostream& stream) const override {
    stream << value_;
  }

 private:
  std::string name_;
  std::string value_;
};

std::string header_of(const library::Request& request, const char* name) {
  const auto raw = request.headers().tryGetRaw(name);
  return raw ? raw->value() : std::string{};
}

bool same_secret(const std::string& given, const std::string& secret) {
  return given.size() == secret.size() && CRYPTO_memcmp(given.data(), secret.data(), secret.size()) == 0;
}

/// The path and query as the client wrote them. The front hands them on in a header: the library keeps only
/// one of several equal parameters. Secret, method and target stand in that one header, and of several the
/// library takes the first: should ever the rest of another request come before this one, then either the
/// secret is missing or the method is another.
Result<std::string> target_from_front(const library::Request& request, const std::string& secret) {
  const std::string said = header_of(request, "X-Nova-Front");
  const auto end = std::min(said.find(' '), said.size());
  if (!same_secret(said.substr(0, end), secret))
    return fail(Errc::access_denied, "This port answers the zone's front only; use the zone's own URL.");
  const std::string method = std::string(" ") + library::methodString(request.method()) + " ";
  if (said.compare(end, method.size(), method) != 0)
    return fail(
        Errc::access_denied,
        "The front did not ask for this: X-Nova-Front has to hold its secret, the method and the path.");
  return said.substr(end + method.size());
}

Connection connection_of(const library::Request& request, bool behind_front) {
  if (!behind_front) return {.remote = request.address().host()};
  const std::string verification = header_of(request, "X-Nova-Client-Verify");
  return {.remote = header_of(request, "X-Nova-Remote"),
          .verified = verification == "SUCCESS",
          .certificate = header_of(request, "X-Nova-Client-Cert"),
          .refused = header_of(request, "X-Nova-Denied").empty() ? "" : verification};
}

/// The request that the front refused, out of its first line, for the journal.
void take_refused(std::string line, Request& request) {
  const auto method = line.find(' ');
  const auto target = line.find(' ', method + 1);
  request.method = line.substr(0, method);
  if (method == std::string::npos || target == std::string::npos) return;
  if (auto read = parse_target(line.substr(method + 1, target - method - 1)))
    request.path = std::move(read->path);
}

}  // namespace

Request stranger(const library::Request& theirs, WallTime now) {
  return {.method = library::methodString(theirs.method()),
          .connection = {.remote = theirs.address().host()},
          .received = now};
}

Result<Request> convert(const library::Request& theirs, const std::string& secret, WallTime now) {
  const bool behind_front = !secret.empty();
  const auto raw = behind_front ? target_from_front(theirs, secret)
                                : Result<std::string>(theirs.resource() + theirs.query().as_str());
  if (!raw) return std::unexpected(raw.error());
  auto target = parse_target(*raw);
  if (!target) return std::unexpected(target.error());
  Request request{.method = library::methodString(theirs.method()),
                  .path = std::move(target->path),
                  .query = std::move(target->query),
                  .body = theirs.body(),
                  .token = header_of(theirs, "X-Auth-Token"),
                  .if_none_match = header_of(theirs, "If-None-Match"),
                  .prefer = header_of(theirs, "Prefer"),
                  .content_type = header_of(theirs, behind_front ? "X-Nova-Content-Type" : "Content-Type"),
                  .connection = connection_of(theirs, behind_front),
                  .received = now,
                  .again = behind_front && !header_of(theirs, "X-Nova-Again").empty()};
  if (!request.connection.refused.empty()) take_refused(header_of(theirs, "X-Nova-Denied"), request);
  return request;
}

void send(library::ResponseWriter& writer, const Reply& reply, std::shared_ptr<void> sent) {
  const auto peer = writer.getPeer();
  if (!peer) return;
  auto& headers = writer.headers();
  // Without this the library announces the end of the connection and then keeps it open.
  headers.remove<library::Header::Connection>();
  headers.add<library::Header::Connection>(library::ConnectionControl::KeepAlive);
  const auto add = [&](const std::string& name, std::string_view value) {
    headers.add(std::make_shared<NamedHeader>(name, value));
  };
  if (reply.status != 204 && reply.status != 304) add("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) add(name, value);
  if (!reply.file.empty()) add("X-Accel-Redirect", "/.cache/" + reply.file);
  auto promise = writer.send(static_cast<library::Code>(reply.status), reply.body);
  promise.then([sent, peer](ssize_t) {}, [sent, peer](std::exception_ptr) {});
}

}  // namespace nova::http
