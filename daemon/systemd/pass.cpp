// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/pass.hpp"

#include <filesystem>
#include <utility>

#include "daemon/systemd/unit_decoder.hpp"

namespace nova::systemd {
namespace {

// The bus allows 128 calls on their way on one connection, which others share.
constexpr std::size_t reads_at_once = 16;

/// The file that an alias' link points to.
std::string target_of(const std::string& link) {
  std::error_code failed;
  return std::filesystem::read_symlink(link, failed).filename().string();
}

}  // namespace

Pass::Pass(Calls& calls, UnitBook& book, std::vector<std::string> globs, Ports ports)
    : calls_(calls), book_(book), globs_(std::move(globs)), ports_(std::move(ports)) {}

void Pass::begin(bool with_lists) {
  running_ = true;
  result_ = {};
  if (!with_lists) return read_stale();
  list("ListUnitsByPatterns", &Pass::take_units);
  list("ListUnitFilesByPatterns", &Pass::take_files);
  if (lists_on_their_way_ == 0) end();
}

void Pass::list(const char* method, void (Pass::*take)(sd_bus_message*)) {
  Message call = calls_.to_manager(method);
  if (call) {
    sd_bus_message_open_container(call.get(), 'a', "s");
    sd_bus_message_close_container(call.get());
    sd_bus_message_open_container(call.get(), 'a', "s");
    for (const std::string& glob : globs_) sd_bus_message_append_basic(call.get(), 's', glob.c_str());
    sd_bus_message_close_container(call.get());
  }
  ++counters_.lists;
  ++lists_on_their_way_;
  auto sent = calls_.send(std::move(call), [this, take](sd_bus_message* reply) {
    ++counters_.decoded;
    --lists_on_their_way_;
    if (auto refused = failure_of(reply, "list units"))
      result_.failure = refused;
    else
      (this->*take)(reply);
    if (lists_on_their_way_ > 0) return;
    if (result_.failure) return end();
    book_.list(units_, files_);
    read_stale();
  });
  if (sent) return;
  --lists_on_their_way_;
  result_.failure = sent.error();
}

void Pass::take_units(sd_bus_message* reply) {
  if (auto rows = decode_units(reply))
    units_ = std::move(*rows);
  else
    result_.failure = rows.error();
}

void Pass::take_files(sd_bus_message* reply) {
  auto rows = decode_files(reply);
  if (!rows) {
    result_.failure = rows.error();
    return;
  }
  files_.clear();
  for (const ListedFile& row : *rows)
    files_.push_back({row.name(), row.state, row.state == "alias" ? target_of(row.path) : ""});
}

void Pass::read_stale() {
  if (auto followed = ports_.follow(book_.loaded()); !followed) result_.failure = followed.error();
  const std::set<std::string> stale = book_.stale();
  to_read_.assign(stale.begin(), stale.end());
  read_more();
}

void Pass::read_more() {
  while (!result_.failure && !to_read_.empty() && reads_on_their_way_ < reads_at_once) {
    const std::string unit = std::move(to_read_.front());
    to_read_.pop_front();
    read(unit);
  }
  if (reads_on_their_way_ == 0 && (result_.failure || to_read_.empty())) end();
}

void Pass::read(const std::string& unit) {
  // All interfaces in one answer: a unit's facts are of one moment.
  Message call = calls_.to_unit(unit, properties_interface, "GetAll");
  if (call) sd_bus_message_append_basic(call.get(), 's', "");
  ++counters_.reads;
  auto sent = calls_.send(std::move(call), [this, unit](sd_bus_message* reply) {
    --reads_on_their_way_;
    take_reading(unit, reply);
    read_more();
  });
  if (sent)
    ++reads_on_their_way_;
  else
    result_.failure = sent.error();
}

void Pass::take_reading(const std::string& unit, sd_bus_message* reply) {
  ++counters_.decoded;
  if (auto refused = failure_of(reply, "read " + unit)) {
    result_.unreadable.emplace(unit, *refused);
    return;
  }
  if (auto reading = decode_properties(reply))
    book_.read(unit, std::move(*reading));
  else
    result_.unreadable.emplace(unit, reading.error());
}

void Pass::end() {
  running_ = false;
  to_read_.clear();
  ports_.ended(std::exchange(result_, {}));
}

}  // namespace nova::systemd
