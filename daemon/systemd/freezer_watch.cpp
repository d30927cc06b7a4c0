// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/freezer_watch.hpp"

#include <sys/inotify.h>

namespace nova::systemd {

FreezerWatch::FreezerWatch(sd_event* loop, std::function<void(const std::string&)> changed, std::string root)
    : loop_(loop), changed_(std::move(changed)), root_(std::move(root)) {}

void FreezerWatch::follow(const std::map<std::string, Group>& units) {
  std::erase_if(watched_, [&](const auto& entry) {
    const auto wanted = units.find(entry.first);
    return wanted == units.end() || wanted->second != entry.second.group;
  });
  for (const auto& [unit, group] : units) {
    if (group.path.empty() || watched_.contains(unit)) continue;
    Watched& watched = watched_[unit];
    watched.watch = this;
    watched.unit = unit;
    watched.group = group;
    sd_event_source* source = nullptr;
    const std::string file = root_ + group.path + "/cgroup.events";
    // It may be gone already, as the unit's next reading will say; or this user has no watches left just now.
    if (sd_event_add_inotify(loop_, &source, file.c_str(), IN_MODIFY, on_event, &watched) >= 0)
      watched.source.reset(source);
    else
      watched_.erase(unit);
  }
}

int FreezerWatch::on_event(sd_event_source*, const struct inotify_event*, void* data) noexcept {
  const auto* watched = static_cast<Watched*>(data);
  // A copy: what is called may drop this very watch.
  const std::string unit = watched->unit;
  watched->watch->changed_(unit);
  return 0;
}

}  // namespace nova::systemd
