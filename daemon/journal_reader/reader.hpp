// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "daemon/journal_reader/scan.hpp"

struct sd_event;

namespace nova::journal_reader {

/// Reads the journal on a thread that lives as long as one reading: a cold disk may take its time, and the
/// loop must not wait for it.
class Reader final : public host::JournalReader {
 public:
  using Open = std::function<Result<std::unique_ptr<Records>>()>;

  /// @param loop has to outlive this @param open called on the thread; open_journal() but in tests
  Reader(sd_event* loop, Open open);
  /// Waits for a reading under way to notice that nobody waits for it: for one step of it.
  ~Reader() override;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void read(host::JournalQuery query, Done done) override;

  static constexpr Millis longest{3000};  ///< one reading

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nova::journal_reader
