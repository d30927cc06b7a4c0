// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/unit_signals.hpp"

#include <cstring>

#include "daemon/systemd/calls.hpp"

namespace nova::systemd {
namespace {

std::string rule_of(const char* path, const char* interface, const char* member) {
  return std::string("type='signal',sender='") + systemd_name + "',path='" + path + "',interface='" +
         interface + "',member='" + member + "'";
}

std::string manager_rule(const char* member) {
  return rule_of(manager_path, manager_interface, member);
}

/// UnitRemoved of this unit, by its path: a name may have a backslash, which match rules cannot quote.
std::string removal_rule(const std::string& unit) {
  return manager_rule("UnitRemoved") + ",arg1path='" + unit_path(unit) + "'";
}

std::string changes_rule(const std::string& unit) {
  return rule_of(unit_path(unit).c_str(), properties_interface, "PropertiesChanged") + ",arg0='" +
         unit_interface + "'";
}

const char* first_string(sd_bus_message* signal) {
  const char* text = nullptr;
  return sd_bus_message_read_basic(signal, 's', &text) > 0 ? text : "";
}

}  // namespace

UnitSignals::UnitSignals(sd_bus* bus, const host::UnitNames& names, Handlers handlers)
    : bus_(bus), names_(&names), handlers_(std::move(handlers)) {}

Result<void> UnitSignals::start() {
  struct Wanted {
    std::string rule;
    sd_bus_message_handler_t handler;
  };
  const Wanted wanted[] = {
      {std::string("type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',") +
           "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + systemd_name + "'",
       on_owner},
      {manager_rule("UnitNew"), on_unit},
      {manager_rule("UnitFilesChanged"), on_files},
      {manager_rule("Reloading"), on_reloading},
  };
  for (const Wanted& one : wanted) {
    auto slot = match(one.rule, one.handler, this);
    if (!slot) return std::unexpected(slot.error());
    matches_.push_back(std::move(*slot));
  }
  return {};
}

Result<void> UnitSignals::follow(const std::set<std::string>& units) {
  std::erase_if(followed_, [&](const auto& entry) { return !units.contains(entry.first); });
  for (const std::string& unit : units) {
    if (followed_.contains(unit)) continue;
    if (auto done = follow_one(unit); !done) return done;
  }
  return {};
}

Result<void> UnitSignals::follow_one(const std::string& unit) {
  Followed& followed = followed_[unit];
  followed.signals = this;
  followed.unit = unit;
  auto changes = match(changes_rule(unit), on_changed, &followed);
  auto removal = changes ? match(removal_rule(unit), on_unit, this) : std::move(changes);
  if (!removal) {
    followed_.erase(unit);
    return std::unexpected(removal.error());
  }
  followed.changes = std::move(*changes);
  followed.removal = std::move(*removal);
  return {};
}

Result<Slot> UnitSignals::match(const std::string& rule, sd_bus_message_handler_t handler, void* data) {
  sd_bus_slot* slot = nullptr;
  // Without an install callback sd-bus closes the connection where the bus refuses the rule: the daemon is
  // then restarted, rather than left deaf.
  const int r = sd_bus_add_match_async(bus_, &slot, rule.c_str(), handler, nullptr, data);
  if (r < 0)
    return fail(Errc::unavailable, std::string("cannot listen to systemd's signals: ") + std::strerror(-r));
  return Slot(slot);
}

bool UnitSignals::from_systemd(sd_bus_message* signal) const {
  const char* sender = sd_bus_message_get_sender(signal);
  return sender != nullptr && owner_ == sender;
}

int UnitSignals::on_owner(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<UnitSignals*>(data);
  ++self->heard_;
  const char* sender = sd_bus_message_get_sender(signal);
  if (sender == nullptr || std::strcmp(sender, "org.freedesktop.DBus") != 0) return 0;
  const char *name = nullptr, *before = nullptr, *now = nullptr;
  if (sd_bus_message_read(signal, "sss", &name, &before, &now) <= 0) return 0;
  self->owner_ = now;
  self->handlers_.owner(self->owner_);
  return 0;
}

int UnitSignals::on_unit(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<UnitSignals*>(data);
  ++self->heard_;
  const std::string unit = first_string(signal);
  if (!self->names_->identify(unit) || !self->from_systemd(signal)) return 0;
  // A unit that was forgotten and loaded again in one go looks the same in the list, and has counted anew.
  self->handlers_.changed(unit);
  self->handlers_.list_changed();
  return 0;
}

int UnitSignals::on_files(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<UnitSignals*>(data);
  ++self->heard_;
  if (self->from_systemd(signal)) self->handlers_.list_changed();
  return 0;
}

int UnitSignals::on_reloading(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<UnitSignals*>(data);
  ++self->heard_;
  int begun = 0;
  if (self->from_systemd(signal) && sd_bus_message_read_basic(signal, 'b', &begun) > 0)
    self->handlers_.reloading(begun != 0);
  return 0;
}

int UnitSignals::on_changed(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  const auto* followed = static_cast<Followed*>(data);
  UnitSignals* self = followed->signals;
  ++self->heard_;
  if (self->from_systemd(signal)) self->handlers_.changed(followed->unit);
  return 0;
}

}  // namespace nova::systemd
