// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/writer/zone_writer.hpp"
#include "tests/unit/zone/stage.hpp"
#include "tests/unit/zone_store/fake_store.hpp"

namespace nova::writer {

using zone::stage::HostSim;
using zone::stage::id;
using zone::stage::monday;

/// A writer without a thread, with a clock that stands still until it is moved, on a store in memory.
struct Desk : testing::Test {
  Desk() : store(monday - std::chrono::days{400}), compute1(1, "compute1") { start(); }

  void start() {
    writer.reset();
    auto made = make_writer({.name = "south",
                             .clock = [this] { return now; },
                             .new_id = [this] { return id(0xaa, ++ids); },
                             .jitter = [] { return 0.5; },
                             .note = [this](const zone::Note& note) { notes.push_back(note); },
                             .own_thread = false},
                            store);
    ASSERT_TRUE(made) << made.error().message;
    writer = std::move(*made);
  }
  void pass(Millis time) {
    now.wall += time;
    now.boot += time;
  }
  protocol::SyncAnswer exchange(HostSim& host, const protocol::SyncRequest& report) {
    const auto answer = writer->sync(report);
    EXPECT_TRUE(answer) << answer.error().message;
    if (!answer) return {};
    host.take(*answer, now);
    return *answer;
  }
  /// Time for a snapshot.
  std::shared_ptr<const zone::Snapshot> seen() {
    pass(Millis{20});
    writer->run();
    return writer->snapshot();
  }
  const zone::ServiceView& service(const HostSim& host) {
    return *(look = seen())->find_service(host.service());
  }
  ActionRequest ask(Verb verb, const HostSim& host) const {
    return {.service = host.service(), .verb = verb, .caller = {.actor = "alice", .door = Door::rest}};
  }
  bool noted(zone::Note::What what) const {
    return std::ranges::find(notes, what, &zone::Note::what) != notes.end();
  }

  Now now{.wall = monday, .boot = BootTime{Millis{5'000'000}}, .synchronised = true};
  store::FakeStore store;
  HostSim compute1;
  std::vector<zone::Note> notes;
  std::uint8_t ids = 0;
  std::shared_ptr<const zone::Snapshot> look;
  std::unique_ptr<TimedWriter> writer;
};

}  // namespace nova::writer
