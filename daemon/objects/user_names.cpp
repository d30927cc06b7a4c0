// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/user_names.hpp"

#include <pwd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "model/hold.hpp"

namespace nova::objects {
namespace {

using Name = Result<std::optional<std::string>>;

std::string numbered(uid_t user) {
  return "uid " + std::to_string(user);
}

Name look_up(uid_t user) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* result = nullptr;
  const int error = getpwuid_r(user, &entry, buffer.data(), buffer.size(), &result);
  if (result) return std::string(entry.pw_name);
  // What getpwuid_r(3) lists for "not found" beside 0.
  if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
    return std::nullopt;
  return fail(Errc::unavailable, std::generic_category().message(error));
}

}  // namespace

/// What the thread has in common with us: it may be in the middle of a lookup when we end.
struct UserNames::Worker {
  explicit Worker(Lookup how) : lookup(std::move(how)) {}
  ~Worker() { close(event); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  static void run(const std::shared_ptr<Worker>& self) {
    std::unique_lock lock(self->mutex);
    for (;;) {
      self->wake.wait(lock, [&self] { return self->stop || !self->asked.empty(); });
      if (self->stop) return;
      const uid_t user = self->asked.front();
      lock.unlock();
      Name name = self->lookup(user);
      lock.lock();
      self->asked.pop_front();
      self->found.emplace_back(user, std::move(name));
      eventfd_write(self->event, 1);
    }
  }
  void ask(uid_t user) {
    const std::lock_guard lock(mutex);
    if (std::ranges::find(asked, user) != asked.end()) return;
    asked.push_back(user);
    wake.notify_one();
  }

  const Lookup lookup;
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<uid_t> asked;  // the first one is being looked up
  std::vector<std::pair<uid_t, Name>> found;
  bool stop = false;
};

UserNames::UserNames(sd_event* loop) : UserNames(loop, look_up, Times()) {}

UserNames::UserNames(sd_event* loop, Lookup lookup, Times times)
    : loop_(loop), lookup_(std::move(lookup)), times_(times) {}

UserNames::~UserNames() {
  for (auto& [user, waiting] : waiting_) sd_event_source_disable_unref(waiting.timer);
  sd_event_source_disable_unref(source_);
  if (!worker_) return;
  const std::lock_guard lock(worker_->mutex);
  worker_->stop = true;
  worker_->wake.notify_one();
}

BootTime UserNames::now() const {
  std::uint64_t micros = 0;
  sd_event_now(loop_, CLOCK_BOOTTIME, &micros);
  return BootTime{Millis{static_cast<Millis::rep>(micros / 1000)}};
}

std::string UserNames::known(uid_t user) const {
  if (user == 0) return "root";
  const auto found = known_.find(user);
  return found == known_.end() ? numbered(user) : found->second.name;
}

void UserNames::of(uid_t user, Answer answer) {
  const auto known = known_.find(user);
  if (user == 0)
    answer(std::string("root"));  // whatever the database does
  else if (known != known_.end() && now() - known->second.since < times_.fresh)
    answer(std::string(known->second.name));
  else
    wait(user, std::move(answer));
}

bool UserNames::start_worker() try {
  if (worker_) return true;
  auto worker = std::make_shared<Worker>(lookup_);
  if (worker->event < 0 || sd_event_add_io(loop_, &source_, worker->event, EPOLLIN, on_found, this) < 0)
    return false;
  // Detached: nobody must wait for a lookup that hangs, at the end neither.
  std::thread([worker] { Worker::run(worker); }).detach();
  worker_ = std::move(worker);
  return true;
} catch (const std::system_error&) {
  source_ = sd_event_source_disable_unref(source_);
  return false;
}

void UserNames::wait(uid_t user, Answer answer) {
  if (!start_worker()) {
    answer(best_known(user, "no thread to ask it"));
    return;
  }
  Waiting& waiting = waiting_[user];
  waiting.answers.push_back(std::move(answer));
  if (waiting.timer) return;
  waiting.names = this;
  waiting.user = user;
  sd_event_add_time_relative(loop_, &waiting.timer, CLOCK_BOOTTIME,
                             static_cast<std::uint64_t>(times_.patience.count()) * 1000, 1000, on_late,
                             &waiting);
  worker_->ask(user);
}

int UserNames::on_late(sd_event_source*, std::uint64_t, void* data) {
  const auto& waiting = *static_cast<Waiting*>(data);
  UserNames& self = *waiting.names;
  const uid_t user = waiting.user;
  self.answer(user, self.best_known(user, "it does not answer"));
  return 0;
}

int UserNames::on_found(sd_event_source*, int event, std::uint32_t, void* data) {
  auto& self = *static_cast<UserNames*>(data);
  eventfd_t count = 0;
  eventfd_read(event, &count);
  std::vector<std::pair<uid_t, Name>> names;
  {
    const std::lock_guard lock(self.worker_->mutex);
    names.swap(self.worker_->found);
  }
  for (const auto& [user, name] : names) self.found(user, name);
  return 0;
}

void UserNames::found(uid_t user, const Name& name) {
  // A name that no hold can carry is as good as none.
  if (name && *name && check_owner(**name)) {
    remember(user, **name);
    answer(user, **name);
  } else if (name) {
    answer(user, known(user));
  } else {
    answer(user, best_known(user, name.error().message));
  }
}

void UserNames::remember(uid_t user, std::string name) {
  known_.insert_or_assign(user, Known{std::move(name), now()});
  if (known_.size() <= most_known) return;
  known_.erase(std::ranges::min_element(known_, {}, [](const auto& known) { return known.second.since; }));
}

void UserNames::answer(uid_t user, const Result<std::string>& name) {
  auto node = waiting_.extract(user);
  if (node.empty()) return;  // it came too late
  sd_event_source_disable_unref(node.mapped().timer);
  for (const Answer& one : node.mapped().answers) one(name);
}

Result<std::string> UserNames::best_known(uid_t user, const std::string& why) const {
  if (known_.contains(user)) return known(user);
  return fail(Errc::unavailable, "cannot tell who " + numbered(user) + " is: the user database cannot say (" +
                                     why + "); try again");
}

}  // namespace nova::objects
