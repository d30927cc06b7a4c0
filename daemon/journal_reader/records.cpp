// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_reader/records.hpp"

#include <systemd/sd-journal.h>

#include <cstring>
#include <string_view>

namespace nova::journal_reader {
namespace {

constexpr std::size_t longest_field = 8192;  // bytes; more of a packed field is not unpacked

struct Close {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using Handle = std::unique_ptr<sd_journal, Close>;

std::unexpected<Error> cannot_read(const std::string& why) {
  return fail(Errc::unavailable, "cannot read the journal: " + why);
}

class SystemdRecords final : public Records {
 public:
  explicit SystemdRecords(Handle journal) : journal_(std::move(journal)) {}

  Result<bool> previous() override {
    const int more = sd_journal_previous(journal_.get());
    if (more < 0) return cannot_read(std::strerror(-more));
    return more > 0;
  }
  WallTime time() const override {
    std::uint64_t microseconds = 0;
    sd_journal_get_realtime_usec(journal_.get(), &microseconds);
    return WallTime{Millis{static_cast<Millis::rep>(microseconds / 1000)}};
  }
  std::optional<std::string> field(const char* name) const override {
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal_.get(), name, &data, &size) < 0) return std::nullopt;
    const std::string_view text(static_cast<const char*>(data), size);  // NAME=value
    return std::string(text.substr(std::min(text.size(), std::strlen(name) + 1)));
  }

 private:
  Handle journal_;
};

}  // namespace

Result<std::unique_ptr<Records>> open_journal() {
  sd_journal* opened = nullptr;
  // Not only the system's files: a service that runs as a user of people's range has its entries in a file of
  // that user.
  if (const int done = sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY); done < 0)
    return cannot_read(std::strerror(-done));
  Handle journal(opened);
  sd_journal_set_data_threshold(opened, longest_field);
  sd_journal_seek_tail(opened);
  if (sd_journal_previous(opened) <= 0)
    return cannot_read("no entry shows; is the daemon's user in the group systemd-journal?");
  for (const char* match : {"PRIORITY=0", "PRIORITY=1", "PRIORITY=2", "PRIORITY=3"})
    if (const int done = sd_journal_add_match(opened, match, 0); done < 0)
      return cannot_read(std::strerror(-done));
  sd_journal_seek_tail(opened);
  return std::make_unique<SystemdRecords>(std::move(journal));
}

}  // namespace nova::journal_reader
