// SPDX-License-Identifier: Apache-2.0
#include "rest/journal.hpp"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <syslog.h>
#include <systemd/sd-journal.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "rest/denial_quota.hpp"
#include "rest/http/render.hpp"

namespace nova::zone::journal {
namespace {

void write(int priority, std::vector<std::string> fields, const std::string& message) {
  if (!std::getenv("JOURNAL_STREAM")) {
    std::fprintf(stderr, "<%d>%s\n", priority, message.c_str());
    return;
  }
  fields.push_back("MESSAGE=" + message);
  fields.push_back("PRIORITY=" + std::to_string(priority));
  std::vector<iovec> parts;
  for (auto& field : fields) parts.push_back({field.data(), field.size()});
  ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

std::string path_of(const http::Request& request) {
  std::string path = request.base;
  for (const auto& part : request.path) path += "/" + part;
  return path.empty() ? "/" : path;
}

}  // namespace

std::string_view message_id(Note::What what) {
  using What = Note::What;
  switch (what) {
    case What::host_new:
      return "a38812da8e3f4709bf1606859aae97fd";
    case What::host_up:
      return "be4fbed1a0a34a238aeda94e5b847c25";
    case What::host_lost:
      return "397d418adb3b49ac94308b047d09de56";
    case What::host_left:
      return "fc2736f8c38d447aa78408f3d6a9fa74";
    case What::host_conflict:
      return "8525b1e6e26548b8b48917f0f3c93e09";
    case What::host_renamed:
      return "05fe656050744a3685711b627eeb333f";
    case What::host_removed:
      return "b8a9b5574afc439d84352ddfdb514b97";
    case What::hold_added:
      return "8cdc1686f01f4d42be22318b87c83c11";
    case What::hold_released:
      return "1ea002a2433346469f3d1b00523a2f0d";
    case What::hold_refused:
      return "ebe62ea6d8924078ad64656c07b7c618";
    case What::hold_stale:
      return "05d035ab64e24ecc9c4f196c673eae60";
    case What::hold_returned:
      return "a9f41b0e8a26473baa91ef9d54a5ee31";
    case What::action_ended:
      return "ef2f0bf9428b468c8421493919ba7615";
    case What::report_shortened:
      return "54397558d22f412ba79e91a6a4ef264b";
    case What::action_unknown:
      return "2137847519bf48b4a71d3356512174dc";
    case What::override_used:
      return "e2f1a20f45d84689a6d70556a29e78a2";
    case What::action_refused:
      return "9d2c3c6be4f94b0f8b3a0b7c5a2e61d4";
    case What::report_refused:
      return "82f557378daf4535813398dae347ddd0";
    case What::store_failed:
      return "d2fee216062843d3b73af7778301fc5c";
  }
  return {};
}

/// What an administrator should look at stands out: `journalctl -p warning`.
int priority_of(Note::What what) {
  using What = Note::What;
  switch (what) {
    case What::store_failed:
      return LOG_ERR;
    case What::host_lost:
    case What::host_conflict:
    case What::hold_refused:
    case What::hold_stale:
    case What::hold_returned:
    case What::action_unknown:
    case What::action_refused:
    case What::report_shortened:
    case What::report_refused:
      return LOG_WARNING;
    case What::host_removed:
    case What::override_used:
      return LOG_NOTICE;
    case What::host_new:
    case What::host_up:
    case What::host_left:
    case What::host_renamed:
    case What::hold_added:
    case What::hold_released:
    case What::action_ended:
      return LOG_INFO;
  }
  return LOG_INFO;
}

void denied(const http::Request& request, const Error& error) {
  static DenialQuota quota;
  const auto left_out = quota.take(request.connection.remote, request.received);
  if (!left_out) return;
  const std::string actor = request.principal.name.empty() ? "nobody known" : request.principal.name;
  const std::string what = request.method + " " + path_of(request);
  write(LOG_WARNING,
        {"MESSAGE_ID=" + std::string(denied_id), "NOVA_ACTOR=" + request.principal.name,
         "NOVA_REMOTE=" + request.connection.remote, "NOVA_METHOD=" + request.method,
         "NOVA_PATH=" + path_of(request), "NOVA_REQUEST_ID=" + http::request_id(request.id),
         "NOVA_ERROR=" + std::string(nova::to_string(error.code))},
        "denied " + what + " to " + actor + " at " + request.connection.remote + ": " + error.message +
            (*left_out > 0 ? " (" + std::to_string(*left_out) + " more of this address are not shown)" : ""));
}

void started(const std::string& zone, const std::string& where) {
  write(LOG_INFO, {"MESSAGE_ID=" + std::string(started_id), "NOVA_ZONE=" + zone},
        "zone " + zone + " answers at " + where);
}

void stopped() {
  write(LOG_INFO, {"MESSAGE_ID=" + std::string(stopped_id)}, "the zone has stopped; nothing was released");
}

void note(const Note& note) {
  std::vector<std::string> fields{"MESSAGE_ID=" + std::string(message_id(note.what)),
                                  "NOVA_HOST_ID=" + nova::to_string(note.host)};
  if (note.subject) fields.push_back("NOVA_SUBJECT=" + nova::to_string(*note.subject));
  write(priority_of(note.what), std::move(fields), note.text);
}

void warn(const std::string& message) {
  write(LOG_WARNING, {}, message);
}

}  // namespace nova::zone::journal
