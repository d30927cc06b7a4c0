// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/systemd/calls.hpp"
#include "daemon/systemd/unit_book.hpp"

namespace nova::systemd {

/// One look at systemd: both lists where they are asked for, then the properties of every unit whose reading
/// is stale, into the book. One runs at a time; when to begin one is the watcher's business.
class Pass {
 public:
  /// How it went. What could be read is in the book in any case.
  struct Result {
    std::optional<Error> failure;             ///< the lists did not come, or systemd could not be called
    std::map<std::string, Error> unreadable;  ///< units whose properties did not come, while others' did
  };
  struct Counters {
    std::uint64_t lists = 0;
    std::uint64_t reads = 0;
    std::uint64_t decoded = 0;
  };
  struct Ports {
    /// The loaded units are known: their signals are wanted before they are read, so that no change falls in
    /// between.
    std::function<nova::Result<void>(const std::set<std::string>& loaded)> follow;
    std::function<void(const Result&)> ended;  ///< may begin the next one
  };

  /// @param calls, book must outlive this; @param globs of the units to list
  Pass(Calls& calls, UnitBook& book, std::vector<std::string> globs, Ports ports);
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  void begin(bool with_lists);
  bool runs() const { return running_; }
  const Counters& counters() const { return counters_; }

 private:
  void list(const char* method, void (Pass::*take)(sd_bus_message*));
  void take_units(sd_bus_message* reply);
  void take_files(sd_bus_message* reply);
  void read_stale();
  void read_more();
  void read(const std::string& unit);
  void take_reading(const std::string& unit, sd_bus_message* reply);
  void end();

  Calls& calls_;
  UnitBook& book_;
  std::vector<std::string> globs_;
  Ports ports_;
  Counters counters_;

  bool running_ = false;
  Result result_;
  std::vector<ListedUnit> units_;
  std::vector<KnownFile> files_;
  int lists_on_their_way_ = 0;
  std::deque<std::string> to_read_;
  std::size_t reads_on_their_way_ = 0;
};

}  // namespace nova::systemd
