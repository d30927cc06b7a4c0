// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/job_results.hpp"

#include <cstring>

namespace nova::systemd {

Result<void> JobResults::prepare() {
  ++prepared_;
  if (removed_) return {};
  const std::string removed = std::string("type='signal',sender='") + systemd_name + "',path='" +
                              manager_path + "',interface='" + manager_interface + "',member='JobRemoved'";
  const std::string owner =
      std::string("type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',") +
      "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + systemd_name + "'";
  sd_bus_slot *removed_slot = nullptr, *owner_slot = nullptr;
  int r = sd_bus_add_match_async(bus_, &removed_slot, removed.c_str(), on_removed, nullptr, this);
  removed_.reset(removed_slot);
  if (r >= 0) r = sd_bus_add_match_async(bus_, &owner_slot, owner.c_str(), on_owner, nullptr, this);
  owner_.reset(owner_slot);
  if (r >= 0) return {};
  give_up();
  return fail(Errc::unavailable, std::string("cannot listen to systemd's jobs: ") + std::strerror(-r));
}

void JobResults::await(sd_bus_message* reply, Ended ended) {
  const char* path = nullptr;
  const char* sender = sd_bus_message_get_sender(reply);
  if (sd_bus_message_read_basic(reply, 'o', &path) <= 0) {
    give_up();
    return ended(fail(Errc::indeterminate, "systemd's answer names no job"));
  }
  jobs_.push_back({path, sender != nullptr ? sender : "", std::move(ended)});
}

void JobResults::give_up() {
  --prepared_;
  stop_listening();
}

void JobResults::stop_listening() {
  if (prepared_ > 0) return;
  removed_.reset();
  owner_.reset();
}

void JobResults::finish(std::list<Job>::iterator job, const Result<std::string>& word) {
  const Ended ended = std::move(job->ended);
  jobs_.erase(job);
  give_up();
  ended(word);
}

int JobResults::on_removed(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<JobResults*>(data);
  const char* sender = sd_bus_message_get_sender(signal);
  std::uint32_t id = 0;
  const char *path = nullptr, *unit = nullptr, *result = nullptr;
  if (sender == nullptr || sd_bus_message_read(signal, "uoss", &id, &path, &unit, &result) <= 0) return 0;
  const std::string job_path = path, word = result;
  for (auto job = self->jobs_.begin(); job != self->jobs_.end();) {
    const auto ended = job++;
    // Two callers may have got the same job: systemd merges what is alike.
    if (ended->path == job_path && ended->owner == sender) self->finish(ended, word);
  }
  return 0;
}

int JobResults::on_owner(sd_bus_message* signal, void* data, sd_bus_error*) noexcept {
  auto* self = static_cast<JobResults*>(data);
  const char *name = nullptr, *before = nullptr, *now = nullptr;
  const char* sender = sd_bus_message_get_sender(signal);
  if (sender == nullptr || std::strcmp(sender, "org.freedesktop.DBus") != 0) return 0;
  if (sd_bus_message_read(signal, "sss", &name, &before, &now) > 0) self->owner_changed(now);
  return 0;
}

void JobResults::owner_changed(const std::string& owner) {
  if (owner.empty()) return;
  for (Job& job : jobs_) {
    job.owner = owner;
    look_up(job.path);
  }
}

void JobResults::look_up(const std::string& path) {
  sd_bus_message* call = nullptr;
  sd_bus_message_new_method_call(bus_, &call, systemd_name, path.c_str(), properties_interface, "Get");
  if (call != nullptr) sd_bus_message_append(call, "ss", "org.freedesktop.systemd1.Job", "State");
  // A connection that takes no call is closed, and the daemon on its way out.
  (void)calls_->send(Message(call), [this, path](sd_bus_message* reply) {
    if (!failure_of(reply, "")) return;
    for (auto job = jobs_.begin(); job != jobs_.end();) {
      const auto gone = job++;
      if (gone->path == path)
        finish(gone, fail(Errc::indeterminate,
                          "systemd was replaced while the job ran; how it ended is not known"));
    }
  });
}

}  // namespace nova::systemd
