// SPDX-License-Identifier: Apache-2.0
#include "rest/http/parking.hpp"

#include <atomic>
#include <vector>

#include "rest/http/faults.hpp"

namespace nova::http {

struct Parking::Waiting {
  std::shared_ptr<const Parked> parked;
  Send send;
  std::atomic<bool> fired{false};

  void fire(bool stop = false) {
    if (fired.exchange(true)) return;
    Reply reply;
    try {
      reply = stop && parked->stopped ? parked->stopped() : parked->then();
    } catch (...) {
      reply = fault(500, "cannot answer: an unknown failure");
    }
    send(std::move(reply));
  }
};

Parking::Parking() : thread_([this] { run(); }) {}

Parking::~Parking() {
  wake_all();
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Parking::park(std::shared_ptr<const Parked> parked, Send send) {
  auto waiting = std::make_shared<Waiting>();
  waiting->parked = std::move(parked);
  waiting->send = std::move(send);
  bool open = false;
  {
    const std::scoped_lock lock(mutex_);
    open = open_;
    if (open) {
      due_.emplace(Clock::now() + waiting->parked->longest, waiting);
      waiting_.emplace(waiting.get(), waiting);
    }
  }
  if (!open) return waiting->fire(true);
  changed_.notify_one();
  // May wake at once, on this thread; hence no lock. What wakes later finds its reply sent, or sends it.
  waiting->parked->start([this, weak = std::weak_ptr(waiting)] {
    const auto alive = weak.lock();
    if (!alive) return;
    alive->fire();
    const std::scoped_lock lock(mutex_);
    waiting_.erase(alive.get());
  });
}

void Parking::wake_all() {
  {
    const std::scoped_lock lock(mutex_);
    open_ = false;
  }
  wake_parked();
}

void Parking::wake_parked() {
  std::map<Waiting*, std::shared_ptr<Waiting>> all;
  {
    const std::scoped_lock lock(mutex_);
    all.swap(waiting_);
    due_.clear();
  }
  for (const auto& [_, waiting] : all) waiting->fire(true);
}

void Parking::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = Clock::now();
    std::vector<std::shared_ptr<Waiting>> over;
    while (!due_.empty() && due_.begin()->first <= now) {
      if (auto waiting = due_.begin()->second.lock()) over.push_back(std::move(waiting));
      due_.erase(due_.begin());
    }
    for (const auto& waiting : over) waiting_.erase(waiting.get());
    if (!over.empty()) {
      lock.unlock();
      for (const auto& waiting : over) waiting->fire();
      lock.lock();
    } else if (due_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, Clock::time_point(due_.begin()->first));
    }
  }
}

}  // namespace nova::http
