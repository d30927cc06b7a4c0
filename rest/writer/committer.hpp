// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "rest/store/store.hpp"

namespace nova::writer {

/// Makes the steps of many threads durable with few fsyncs: while one batch is on its way to the disk, the
/// next gathers. The first thread that finds nobody writing takes its batch there, for all who joined it.
///
/// Between decision and durability a step's hosts are busy: others decide about them only afterwards, from
/// what will then be known. All methods are to be called with the writer's mutex held; commit() lets go of it
/// while it waits.
class Committer {
 public:
  using Lock = std::unique_lock<std::mutex>;
  using Hosts = std::set<Uuid>;

  /// @param wall the wall clock: the batch is stamped when it closes, so that no later step is older
  Committer(store::Store& store, std::function<WallTime()> wall) : store_(store), wall_(std::move(wall)) {}

  bool is_busy(const Hosts& hosts) const;
  /// Waits until something has changed that may have ended the business.
  void wait(Lock& lock) { changed_.wait(lock); }
  /// Returns when the step is on the disk, or could not be brought there; then nothing of its batch was.
  Result<void> commit(Lock& lock, const Hosts& hosts, const zone::Durable& step);

 private:
  struct Batch {
    zone::Durable steps;
    bool done = false;
    Result<void> result;
  };

  void write(Lock& lock, Batch& batch);

  store::Store& store_;
  std::function<WallTime()> wall_;
  std::condition_variable changed_;
  std::shared_ptr<Batch> gathering_;
  bool writing_ = false;
  std::multiset<Uuid> busy_;
};

}  // namespace nova::writer
