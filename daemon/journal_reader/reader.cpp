// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_reader/reader.hpp"

#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace nova::journal_reader {

struct Reader::Impl {
  Open open;
  int ready = -1;  // an eventfd: the thread has a result
  sd_event_source* source = nullptr;
  std::thread thread;
  std::atomic<bool> unwanted{false};
  Result<host::JournalReading> result;  // the thread's until `ready`
  Done done;

  Impl(sd_event* loop, Open how) : open(std::move(how)), ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (ready < 0 || sd_event_add_io(loop, &source, ready, EPOLLIN, on_ready, this) < 0)
      throw std::bad_alloc();
  }
  ~Impl() {
    unwanted = true;
    if (thread.joinable()) thread.join();
    sd_event_source_disable_unref(source);
    close(ready);
  }

  void run(const host::JournalQuery& query) {
    const auto end = std::chrono::steady_clock::now() + longest;
    const Bounds bounds{.over = [&] { return unwanted || std::chrono::steady_clock::now() >= end; }};
    try {
      const auto records = open();
      result = records ? scan(**records, query, bounds) : std::unexpected(records.error());
    } catch (const std::exception& error) {  // memory, above all; it ends with the reading
      result = fail(Errc::unavailable, std::string("cannot read the journal: ") + error.what());
    }
  }
  void tell() const {
    const std::uint64_t one = 1;
    static_cast<void>(write(ready, &one, sizeof one));  // the counter of an eventfd takes a first one always
  }
  static int on_ready(sd_event_source*, int, std::uint32_t, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    std::uint64_t count = 0;
    static_cast<void>(::read(impl.ready, &count, sizeof count));
    if (impl.thread.joinable()) impl.thread.join();
    // The answer may ask for the next reading.
    const auto answer = std::exchange(impl.done, {});
    answer(std::exchange(impl.result, {}));
    return 0;
  }
};

Reader::Reader(sd_event* loop, Open open) : impl_(std::make_unique<Impl>(loop, std::move(open))) {}

Reader::~Reader() = default;

void Reader::read(host::JournalQuery query, Done done) {
  impl_->done = std::move(done);
  try {
    impl_->thread = std::thread([impl = impl_.get(), query = std::move(query)] {
      impl->run(query);
      impl->tell();
    });
  } catch (const std::system_error& error) {
    impl_->result = fail(Errc::unavailable, std::string("cannot read the journal: ") + error.what());
    impl_->tell();
  }
}

}  // namespace nova::journal_reader
