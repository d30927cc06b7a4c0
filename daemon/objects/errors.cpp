// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/errors.hpp"

namespace nova::objects {
namespace {

const char* last_part(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "InvalidArgument";
    case Errc::unauthenticated:
      return "Unauthenticated";
    case Errc::access_denied:
      return "AccessDenied";
    case Errc::interaction_required:
      return nullptr;
    case Errc::no_such_service:
      return "NoSuchService";
    case Errc::no_such_host:
      return "NoSuchHost";
    case Errc::no_such_action:
      return "NoSuchAction";
    case Errc::held_by_others:
      return "HeldByOthers";
    case Errc::not_supported:
      return "NotSupported";
    case Errc::conflict:
      return "Conflict";
    case Errc::host_lost:
      return "HostLost";
    case Errc::deadline_exceeded:
      return "DeadlineExceeded";
    case Errc::job_failed:
      return "JobFailed";
    case Errc::indeterminate:
      return "Indeterminate";
    case Errc::storage_failed:
      return "StorageFailed";
    case Errc::too_large:
      return "TooLarge";
    case Errc::unavailable:
      return "Unavailable";
    case Errc::internal:
      return "Internal";
  }
  return "Internal";
}

}  // namespace

std::string dbus_name(Errc code) {
  const char* part = last_part(code);
  // The standard name: tools such as busctl and pkttyagent know what to do with it.
  if (!part) return "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
  return std::string("org.openstack.NovaHost1.Error.") + part;
}

}  // namespace nova::objects
