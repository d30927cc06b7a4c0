// SPDX-License-Identifier: Apache-2.0
#include "rest/writer/committer.hpp"

#include <algorithm>
#include <iterator>

namespace nova::writer {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append(zone::Durable& to, const zone::Durable& from) {
  append(to.hosts, from.hosts);
  append(to.holds, from.holds);
  append(to.pruned, from.pruned);
  append(to.actions, from.actions);
  append(to.commands, from.commands);
  append(to.ended_commands, from.ended_commands);
  append(to.removed_hosts, from.removed_hosts);
}

}  // namespace

bool Committer::is_busy(const Hosts& hosts) const {
  return std::ranges::any_of(hosts, [&](const Uuid& host) { return busy_.contains(host); });
}

void Committer::write(Lock& lock, Batch& batch) {
  gathering_.reset();
  writing_ = true;
  const WallTime stamp = wall_();
  lock.unlock();
  auto result = store_.write(batch.steps, stamp);
  lock.lock();
  writing_ = false;
  batch.result = std::move(result);
  batch.done = true;
  changed_.notify_all();
}

Result<void> Committer::commit(Lock& lock, const Hosts& hosts, const zone::Durable& step) {
  if (!gathering_) gathering_ = std::make_shared<Batch>();
  const auto batch = gathering_;
  append(batch->steps, step);
  busy_.insert(hosts.begin(), hosts.end());
  while (!batch->done) {
    if (writing_)
      changed_.wait(lock);
    else
      write(lock, *batch);
  }
  for (const Uuid& host : hosts) busy_.erase(busy_.find(host));
  changed_.notify_all();
  return batch->result;
}

}  // namespace nova::writer
