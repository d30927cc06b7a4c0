// SPDX-License-Identifier: Apache-2.0
// When to look at systemd's units: what its signals and its presence on the bus mean.
#include "daemon/systemd/watcher.hpp"

#include <utility>

#include "daemon/systemd/watcher_impl.hpp"

namespace nova::systemd {
namespace {

// A reload ends with its second signal; this is for a systemd that crashed in between.
constexpr milliseconds longest_reload{30'000};

}  // namespace

Result<void> Watcher::Impl::start() {
  if (auto matched = signals_.start(); !matched) return matched;
  sd_bus_message* call = nullptr;
  sd_bus_message_new_method_call(calls_.bus(), &call, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                 "org.freedesktop.DBus", "GetNameOwner");
  if (call != nullptr) sd_bus_message_append_basic(call, 's', systemd_name);
  return calls_.send(Message(call), [this](sd_bus_message* reply) {
    const char* owner = nullptr;
    // No owner yet is no failure: its coming is a signal.
    if (!failure_of(reply, "") && sd_bus_message_read_basic(reply, 's', &owner) > 0) adopt(owner);
  });
}

void Watcher::Impl::adopt(const std::string& owner) {
  signals_.set_owner(owner);
  present_ = !owner.empty();
  // Whatever was waited for, the end of a reload or the next try, was the old one's.
  reloading_ = false;
  deaf_.reset();
  timer_.reset();
  if (!present_) return;
  subscribed_ = false;
  ask_everything();
}

/// Without it systemd sends nothing; so a refusal fails the pass, which is then tried again.
void Watcher::Impl::subscribe() {
  subscribed_ = true;
  deaf_.reset();
  auto sent = calls_.send(calls_.to_manager("Subscribe"), [this](sd_bus_message* reply) {
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    if (error == nullptr || sd_bus_error_has_name(error, "org.freedesktop.systemd1.AlreadySubscribed"))
      return;
    subscribed_ = false;
    deaf_ = failure_of(reply, "subscribe to systemd's signals");
    if (!pass_.runs()) retry_pass(deaf_);
  });
  if (sent) return;
  subscribed_ = false;
  deaf_ = sent.error();
}

void Watcher::Impl::hold(bool reloading) {
  reloading_ = reloading;
  if (reloading) return arm(longest_reload);
  timer_.reset();
  ask_everything();
}

void Watcher::Impl::ask_again(const std::string& unit) {
  again_.insert(unit);
  schedule(coalescing);
}

void Watcher::Impl::ask_list() {
  list_wanted_ = true;
  schedule(coalescing);
}

void Watcher::Impl::ask_everything() {
  again_.merge(book_.loaded());
  ask_list();
}

void Watcher::Impl::refresh(const std::string& unit, std::function<void()> done) {
  again_.insert(unit);
  waiting_.push_back(std::move(done));
  schedule(milliseconds{0});
}

/// The next pass begins after so long, or earlier where one was scheduled earlier.
void Watcher::Impl::schedule(milliseconds delay) {
  if (pass_.runs() || reloading_ || !present_) return;
  std::uint64_t now = 0;
  if (timer_ && sd_event_now(loop_, CLOCK_MONOTONIC, &now) >= 0 &&
      due_ <= now + static_cast<std::uint64_t>(std::chrono::microseconds(delay).count()))
    return;
  arm(delay);
}

void Watcher::Impl::arm(milliseconds delay) {
  sd_event_source* source = nullptr;
  std::uint64_t now = 0;
  int r = sd_event_now(loop_, CLOCK_MONOTONIC, &now);
  due_ = now + static_cast<std::uint64_t>(std::chrono::microseconds(delay).count());
  if (r >= 0) r = sd_event_add_time(loop_, &source, CLOCK_MONOTONIC, due_, 500, on_timer, this);
  if (r < 0) return complaint_({Errc::internal, "cannot set a timer", {}});
  timer_.reset(source);
}

int Watcher::Impl::on_timer(sd_event_source*, std::uint64_t, void* data) noexcept {
  auto* self = static_cast<Impl*>(data);
  self->timer_.reset();
  if (self->reloading_) {
    self->reloading_ = false;
    self->list_wanted_ = true;
  }
  if (!self->pass_.runs() && self->present_) self->begin_pass();
  return 0;
}

Watcher::Watcher(sd_bus* bus, sd_event* loop, const host::UnitNames& names, Observer observer,
                 Complaint complaint)
    : impl_(std::make_unique<Impl>(bus, loop, names, std::move(observer), std::move(complaint))) {}
Watcher::~Watcher() = default;

Result<void> Watcher::start() {
  return impl_->start();
}

void Watcher::refresh(const std::string& unit, std::function<void()> done) {
  impl_->refresh(unit, std::move(done));
}

Watcher::Counters Watcher::counters() const {
  return impl_->counters();
}

}  // namespace nova::systemd
