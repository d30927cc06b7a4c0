// SPDX-License-Identifier: Apache-2.0
// The trade of a join token, or of a certificate of which two thirds are over, for a certificate.
#include <algorithm>

#include "rest/protocol/enrolment.hpp"
#include "rest/protocol/fields.hpp"
#include "rest/protocol/json_text.hpp"

namespace nova::protocol {

using nlohmann::json;

namespace {

constexpr std::size_t max_token = 256;
constexpr std::size_t max_pem = 32 * 1024;

/// PEM has lines, which other texts must not have.
std::string pem(Fields& in, const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string())
    return in.refuse(key, "it must be a text in PEM"), "";
  const auto& text = found->get_ref<const std::string&>();
  if (text.empty() || text.size() > max_pem)
    return in.refuse(key, "it has " + std::to_string(text.size()) + " bytes, 1 to " +
                              std::to_string(max_pem) + " are taken"),
           "";
  const auto in_pem = [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r'; };
  if (!std::ranges::all_of(text, in_pem))
    return in.refuse(key, "it must be PEM: printable ASCII and line ends"), "";
  return text;
}

}  // namespace

std::string encode(const EnrolRequest& request) {
  json out{{"token", request.token},
           {"name", request.name},
           {"host", to_string(request.host)},
           {"csr", request.csr}};
  if (request.keep_id) out["keep_id"] = true;
  return dump_json(out);
}

std::string encode(const RenewRequest& request) {
  return dump_json(json{{"csr", request.csr}});
}

std::string encode(const CertificateAnswer& answer) {
  return dump_json(
      json{{"host", to_string(answer.host)}, {"certificate", answer.certificate}, {"ca", answer.ca}});
}

Result<EnrolRequest> decode_enrol_request(std::string_view text) {
  const auto document = parse_json(text, max_enrolment_body);
  if (!document) return std::unexpected(document.error());
  Fields in(*document, "", UnknownFields::ignore);
  EnrolRequest request{.token = in.text("token", {max_token, false}),
                       .name = in.text("name", {max_name, false}),
                       .host = in.id("host"),
                       .keep_id = in.flag("keep_id", false)};
  request.csr = pem(in, *document, "csr");
  return in.finish(std::move(request));
}

Result<RenewRequest> decode_renew_request(std::string_view text) {
  const auto document = parse_json(text, max_enrolment_body);
  if (!document) return std::unexpected(document.error());
  Fields in(*document, "", UnknownFields::ignore);
  RenewRequest request{.csr = pem(in, *document, "csr")};
  return in.finish(std::move(request));
}

Result<CertificateAnswer> decode_certificate_answer(std::string_view text) {
  const auto document = parse_json(text, max_enrolment_body);
  if (!document) return std::unexpected(document.error());
  Fields in(*document, "", UnknownFields::ignore);
  CertificateAnswer answer{.host = in.id("host")};
  answer.certificate = pem(in, *document, "certificate");
  answer.ca = pem(in, *document, "ca");
  return in.finish(std::move(answer));
}

}  // namespace nova::protocol
