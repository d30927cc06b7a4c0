// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <memory>

namespace nova::systemd {

/// Gives sd-bus' and sd-event's counted objects back.
struct Unref {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
  // Disabled first: a source that is being dispatched lives on until its callback returns.
  void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};
using Slot = std::unique_ptr<sd_bus_slot, Unref>;
using Message = std::unique_ptr<sd_bus_message, Unref>;
using EventSource = std::unique_ptr<sd_event_source, Unref>;

}  // namespace nova::systemd
