// SPDX-License-Identifier: Apache-2.0
#include "rest/http/handlers.hpp"
#include "rest/http/json_out.hpp"

namespace nova::http {
namespace {

struct Version {
  std::string_view id;
  std::string_view status;
  std::string_view updated;
  std::string_view path;
};

// As Nova's own version document: what a client of the 2011 paths looks for, and our own.
constexpr Version own{"v1.0", "CURRENT", "2026-11-23T00:00:00Z", "/"};
constexpr Version of_2011{"v1.1", "SUPPORTED", "2011-01-21T11:33:21Z", "/v1.1/"};

void render(JsonOut& out, const Version& version) {
  out.begin_object().field("id", version.id).field("status", version.status);
  out.field("version", "").field("min_version", "").field("updated", version.updated);
  out.key("links").begin_array();
  out.begin_object().field("rel", "self").field("href", version.path).end_object();
  out.begin_object().field("rel", "describedby").field("type", "application/yaml");
  out.field("href", "/openapi.yaml").end_object();
  out.end_array().end_object();
}

}  // namespace

Reply get_versions(const Parts&, const Request&) {
  JsonOut out;
  out.begin_object().key("versions").begin_array();
  render(out, own);
  render(out, of_2011);
  out.end_array().end_object();
  return {.body = std::move(out).text()};
}

Reply get_version_of_2011(const Parts&, const Request&) {
  JsonOut out;
  out.begin_object().key("version");
  render(out, of_2011);
  out.end_object();
  return {.body = std::move(out).text()};
}

}  // namespace nova::http
