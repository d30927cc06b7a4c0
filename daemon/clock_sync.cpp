// SPDX-License-Identifier: Apache-2.0
#include "daemon/clock_sync.hpp"

#include <utility>

namespace nova {
namespace {

constexpr Millis this_moment{500};
constexpr Millis believed{std::chrono::hours{1}};
constexpr Millis getting_old{std::chrono::minutes{30}};

}  // namespace

ClockSync::ClockSync(sd_bus* bus, std::function<Now()> read, std::function<void()> answered)
    : bus_(bus), read_(std::move(read)), answered_(std::move(answered)) {}

ClockSync::~ClockSync() {
  sd_bus_slot_unref(asking_);
}

Now ClockSync::now() {
  Now now = read_();
  if (!answered_at_ || now.boot - *answered_at_ > getting_old) ask();
  now.synchronised = synchronised_ && answered_at_ && now.boot - *answered_at_ <= believed;
  return now;
}

std::optional<bool> ClockSync::is_synchronised() {
  if (answered_at_ && read_().boot - *answered_at_ <= this_moment) return synchronised_;
  ask();
  return std::nullopt;
}

void ClockSync::ask() {
  if (asking_) return;
  // Should the bus not take the call, whoever waits for the answer asks again by and by.
  sd_bus_call_method_async(bus_, &asking_, "org.freedesktop.timedate1", "/org/freedesktop/timedate1",
                           "org.freedesktop.DBus.Properties", "Get", on_answer, this, "ss",
                           "org.freedesktop.timedate1", "NTPSynchronized");
}

int ClockSync::on_answer(sd_bus_message* answer, void* self, sd_bus_error*) {
  int said = 0;
  const bool known =
      !sd_bus_message_is_method_error(answer, nullptr) && sd_bus_message_read(answer, "v", "b", &said) > 0;
  static_cast<ClockSync*>(self)->take(known ? std::optional(said != 0) : std::nullopt);
  return 0;
}

void ClockSync::take(std::optional<bool> said) {
  asking_ = sd_bus_slot_unref(asking_);
  synchronised_ = said.value_or(false);
  answered_at_ = read_().boot;
  answered_();
}

}  // namespace nova
