// SPDX-License-Identifier: Apache-2.0
#include "rest/loop.hpp"

#include <signal.h>
#include <sys/inotify.h>

#include <string_view>
#include <utility>

namespace nova::zone {
namespace {

constexpr std::uint64_t second = 1000000;
constexpr std::uint64_t refresh_every = 60 * second;
constexpr std::uint64_t answer_every = second / 10;
constexpr int answers = 30;  // for three seconds: the front has ended by then
constexpr const char* stopping = "stopping";

int again(sd_event_source* source, std::uint64_t in) {
  ::sd_event_source_set_time_relative(source, in);
  return ::sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

}  // namespace

Loop::Loop() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a client that leaves is no reason to end
  ::sd_event_new(&event_);
  ::sd_event_add_signal(event_, nullptr, SIGTERM, nullptr, nullptr);
  ::sd_event_add_signal(event_, nullptr, SIGINT, nullptr, nullptr);
  ::sd_event_add_signal(event_, nullptr, SIGHUP, on_hangup, this);
  ::sd_event_add_time_relative(event_, &timer_, CLOCK_BOOTTIME, refresh_every, refresh_every / 10, on_time,
                               this);
}

Loop::~Loop() {
  for (sd_event_source* source : {timer_, inotify_, answer_}) ::sd_event_source_unref(source);
  ::sd_event_unref(event_);
}

void Loop::watch_front(const std::filesystem::path& directory) {
  front_ = directory;
  std::error_code ignored;
  std::filesystem::remove(front_ / stopping, ignored);
  ::sd_event_add_inotify(event_, &inotify_, directory.c_str(), IN_CLOSE_WRITE, on_front, this);
}

void Loop::run(Calls calls) {
  calls_ = std::move(calls);
  ::sd_event_loop(event_);
}

int Loop::on_hangup(sd_event_source*, const signalfd_siginfo*, void* self) {
  static_cast<Loop*>(self)->calls_.refresh();
  return 0;
}

int Loop::on_time(sd_event_source* source, std::uint64_t, void* self) {
  static_cast<Loop*>(self)->calls_.refresh();
  return again(source, refresh_every);
}

int Loop::on_front(sd_event_source*, const inotify_event* event, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  if (event->len == 0 || std::string_view(event->name) != stopping) return 0;
  std::error_code ignored;
  std::filesystem::remove(loop.front_ / stopping, ignored);
  loop.answers_left_ = answers;
  loop.answer_ = ::sd_event_source_unref(loop.answer_);
  return ::sd_event_add_time_relative(loop.event_, &loop.answer_, CLOCK_MONOTONIC, 0, 1000, on_answer, self);
}

/// More than once: hosts that were answered ask again at once, as long as the front lets them.
int Loop::on_answer(sd_event_source* source, std::uint64_t, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  loop.calls_.answer_parked();
  return --loop.answers_left_ > 0 ? again(source, answer_every) : 0;
}

}  // namespace nova::zone
