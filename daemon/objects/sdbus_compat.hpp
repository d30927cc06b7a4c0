// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-bus.h>

#include <string>

#include "daemon/objects/errors.hpp"
#include "model/text.hpp"

/// One spelling for sdbus-c++ 1.2 and 2.1, as far as we use it. Internal to daemon/objects.
namespace nova::objects {

/// The plain sd-bus message inside: for what the library does not pass on.
struct RawMessage : sdbus::Message {
  static sd_bus_message* of(const sdbus::Message& message) {
    return static_cast<sd_bus_message*>(message.*&RawMessage::msg_);
  }
};

#if __has_include(<sdbus-c++/VTableItems.h>)  // 2.x

using InterfaceName = sdbus::InterfaceName;
using PropertyName = sdbus::PropertyName;
inline sdbus::Error make_error(const std::string& name, const std::string& message) {
  return sdbus::Error{sdbus::Error::Name{name}, message};
}
inline sd_bus_message* current_message(const sdbus::IObject& object) {
  return RawMessage::of(object.getCurrentlyProcessedMessage());
}

#else  // 1.x

using InterfaceName = std::string;
using PropertyName = std::string;
inline sdbus::Error make_error(const std::string& name, const std::string& message) {
  return sdbus::Error{name, message};
}
inline sd_bus_message* current_message(const sdbus::IObject& object) {
  return RawMessage::of(*object.getCurrentlyProcessedMessage());
}

#endif

inline constexpr std::size_t longest_message = 4000;  // characters

/// An error as the bus takes it: only valid UTF-8 reaches the caller, whatever a peer's word in it looks
/// like.
inline sdbus::Error error_reply(const nova::Error& error) {
  return make_error(dbus_name(error.code), shortened(error.message, longest_message));
}

}  // namespace nova::objects
