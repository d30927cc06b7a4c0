// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/calls.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace nova::systemd {
namespace {

/// Whether a call with this error was carried out: it was not, or nobody knows.
enum class Done { no, unknown };

struct Known {
  std::string_view name;
  Errc code;
  Done done = Done::no;
};
// The one table from the error names of systemd and the bus to ours; any other is a job that failed.
constexpr std::array known_errors{
    Known{"org.freedesktop.DBus.Error.AccessDenied", Errc::access_denied},
    Known{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Errc::access_denied},
    Known{"org.freedesktop.DBus.Error.NameHasNoOwner", Errc::unavailable},
    Known{"org.freedesktop.DBus.Error.ServiceUnknown", Errc::unavailable},
    Known{"org.freedesktop.DBus.Error.NoReply", Errc::unavailable, Done::unknown},
    Known{"org.freedesktop.DBus.Error.Timeout", Errc::unavailable, Done::unknown},
    Known{"org.freedesktop.DBus.Error.TimedOut", Errc::unavailable, Done::unknown},
    Known{"org.freedesktop.DBus.Error.Disconnected", Errc::unavailable, Done::unknown},
    Known{"org.freedesktop.DBus.Error.LimitsExceeded", Errc::unavailable},
    Known{"org.freedesktop.systemd1.ShuttingDown", Errc::unavailable},
    Known{"org.freedesktop.systemd1.UnitMasked", Errc::not_supported},
    Known{"org.freedesktop.systemd1.OnlyByDependency", Errc::not_supported},
    Known{"org.freedesktop.DBus.Error.NotSupported", Errc::not_supported},
    Known{"org.freedesktop.systemd1.NoSuchUnit", Errc::no_such_service},
};

Known known(std::string_view name) {
  for (const Known& entry : known_errors)
    if (entry.name == name) return entry;
  return {name, Errc::job_failed};
}

std::string_view name_of(const sd_bus_error* error) {
  return error != nullptr && error->name != nullptr ? error->name : "";
}

}  // namespace

Message Calls::to_manager(const char* method) const {
  sd_bus_message* call = nullptr;
  sd_bus_message_new_method_call(bus_, &call, systemd_name, manager_path, manager_interface, method);
  return Message(call);
}

Message Calls::to_unit(const std::string& unit, const char* interface, const char* method) const {
  sd_bus_message* call = nullptr;
  sd_bus_message_new_method_call(bus_, &call, systemd_name, unit_path(unit).c_str(), interface, method);
  return Message(call);
}

Result<void> Calls::send(Message call, Answer answer, std::optional<Millis> patience) {
  const auto refused = [](int error) {
    return fail(Errc::unavailable, std::string("cannot call systemd: ") + std::strerror(error));
  };
  if (!call) return refused(ENOTCONN);
  pending_.push_back({this, std::move(answer), nullptr, {}});
  Pending& pending = pending_.back();
  pending.self = std::prev(pending_.end());
  sd_bus_slot* slot = nullptr;
  const auto micros = std::chrono::microseconds(patience.value_or(Millis{0})).count();
  if (const int r =
          sd_bus_call_async(bus_, &slot, call.get(), answered, &pending, static_cast<std::uint64_t>(micros));
      r < 0) {
    pending_.pop_back();
    return refused(-r);
  }
  pending.slot.reset(slot);
  return {};
}

int Calls::answered(sd_bus_message* reply, void* data, sd_bus_error*) noexcept {
  auto* pending = static_cast<Pending*>(data);
  // Out of the list first: the answer may send the next call, or end the life of these calls.
  const Answer answer = std::move(pending->answer);
  const Slot slot = std::move(pending->slot);
  pending->calls->pending_.erase(pending->self);
  answer(reply);
  return 0;
}

std::string unit_path(const std::string& unit) {
  char* path = nullptr;
  if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path) < 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> owned(path, std::free);
  return path;
}

std::optional<Error> failure_of(sd_bus_message* reply, const std::string& what) {
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  if (error == nullptr) return std::nullopt;
  const std::string_view name = name_of(error);
  const std::string_view text = error->message != nullptr ? error->message : name;
  return Error{known(name).code, "cannot " + what + ": " + std::string(text), {}};
}

std::optional<Error> failure_of_deed(sd_bus_message* reply, const std::string& what) {
  auto error = failure_of(reply, what);
  if (!error || known(name_of(sd_bus_message_get_error(reply))).done == Done::no) return error;
  error->code = Errc::indeterminate;
  error->message += "; whether systemd did it is not known";
  return error;
}

}  // namespace nova::systemd
