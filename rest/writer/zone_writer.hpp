// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rest/store/store.hpp"
#include "rest/writer/writer.hpp"
#include "rest/zone/zone.hpp"

namespace nova::writer {

/// What a writer needs of the outside. The functions may be called from any thread.
struct Options {
  std::string name;  ///< of the zone
  std::function<Now()> clock;
  std::function<Uuid()> new_id;    ///< fresh random ids
  std::function<double()> jitter;  ///< 0 to 1, random
  /// For the journal. Called outside of all locks; must not wait for the writer.
  std::function<void(const zone::Note&)> note;
  Millis publish_pace{20};         ///< snapshots after reports come at most so often
  Millis save_pace{2000};          ///< facts are saved at most so often
  std::chrono::days history{365};  ///< how long actions and ended holds are kept
  std::size_t actions = 10'000;    ///< and of one service at most so many actions
  bool own_thread = true;          ///< for timers; without, run() has to be called (tests)
};

/// Real clocks, random ids and jitter, no journal.
Options default_options(std::string name);
/// CLOCK_REALTIME, CLOCK_BOOTTIME and whether the kernel calls its clock synchronised.
Now system_now();
/// The machine's boot (store::SqliteOptions::boot_id); empty where the kernel does not say.
std::string boot_id();

/// A writer with its timers.
class TimedWriter : public Writer {
 public:
  /// Does what the time brings: losses, `until`s, deadlines, publishing, saving. For tests, which have no
  /// thread: the timer's thread does the same.
  /// @return when to call it again
  virtual BootTime run() = 0;
};

/// The zone as its store has it, ready to be read and written. The store outlives the writer. Its end
/// saves what was not saved; drain() first.
Result<std::unique_ptr<TimedWriter>> make_writer(Options options, store::Store& store);

}  // namespace nova::writer
