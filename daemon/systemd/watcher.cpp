// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/watcher.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "daemon/systemd/calls.hpp"
#include "daemon/systemd/freezer_watch.hpp"
#include "daemon/systemd/unit_book.hpp"
#include "daemon/systemd/unit_signals.hpp"

namespace nova::systemd {
namespace {

using std::chrono::milliseconds;

// One change of a unit is a handful of signals within a millisecond or two: they are answered together.
constexpr milliseconds coalescing{5};
constexpr milliseconds retry{1000};
// A reload ends with its second signal; this is for a systemd that crashed in between.
constexpr milliseconds longest_reload{30'000};
// How often a freezer "freezing" or "thawing" is looked at again: the kernel tells us before systemd has
// noticed. If it takes longer than these looks, the kernel tells us again when it is done.
constexpr int freezer_looks = 4;
constexpr milliseconds freezer_look{10};
// The bus allows 128 calls on their way on one connection, which others share.
constexpr std::size_t reads_at_once = 16;

/// The file that an alias' link points to.
std::string target_of(const std::string& link) {
  std::error_code failed;
  return std::filesystem::read_symlink(link, failed).filename().string();
}

bool is_between(const std::string& freezer_state) {
  return freezer_state.starts_with("freezing") || freezer_state.starts_with("thawing");
}

}  // namespace

/// Works in passes, one at a time: list if a signal asked for it, read the stale units, deliver. What signals
/// ask for during a pass is taken up by the next one.
class Watcher::Impl {
 public:
  Impl(sd_bus* bus, sd_event* loop, const host::UnitNames& names, Observer observer, Complaint complaint)
      : globs_(names.globs()),
        loop_(loop),
        observer_(std::move(observer)),
        complaint_(std::move(complaint)),
        book_(names),
        signals_(bus, names,
                 {.owner = [this](const std::string& owner) { adopt(owner); },
                  .changed = [this](const std::string& unit) { ask_again(unit); },
                  .list_changed = [this] { ask_list(); },
                  .reloading = [this](bool begun) { hold(begun); }}),
        freezer_(loop, [this](const std::string& unit) { ask_again(unit); }),
        calls_(bus) {}

  Result<void> start();
  void refresh(const std::string& unit, std::function<void()> done);
  Counters counters() const {
    Counters now = counters_;
    now.signals = signals_.heard();
    return now;
  }

 private:
  void adopt(const std::string& owner);
  void subscribe();
  void hold(bool reloading);
  void ask_again(const std::string& unit);
  void ask_list();
  void ask_everything();

  void schedule(milliseconds delay);
  void arm(milliseconds delay);
  static int on_timer(sd_event_source*, std::uint64_t, void* data) noexcept;

  void begin_pass();
  void list();
  void take_units(sd_bus_message* reply);
  void take_files(sd_bus_message* reply);
  void listed();
  void read_more();
  void take_reading(const std::string& unit, sd_bus_message* reply);
  void end_pass();
  void retry_pass();
  void deliver();
  void follow_freezers();

  std::vector<std::string> globs_;
  sd_event* loop_;
  Observer observer_;
  Complaint complaint_;
  UnitBook book_;
  UnitSignals signals_;
  FreezerWatch freezer_;
  Counters counters_;
  EventSource timer_;

  // What the next pass has to do.
  bool list_wanted_ = false;
  std::set<std::string> again_;
  std::vector<std::function<void()>> waiting_;

  // When it may begin.
  bool present_ = false;  // systemd has an owner on the bus
  bool subscribed_ = false;
  bool reloading_ = false;  // its list is not to be trusted now
  bool running_ = false;

  // The pass that runs.
  std::vector<std::function<void()>> served_;
  std::vector<ListedUnit> units_;
  std::vector<KnownFile> files_;
  int lists_on_their_way_ = 0;
  std::deque<std::string> to_read_;
  std::size_t reads_on_their_way_ = 0;
  std::optional<Error> failed_;
  int failures_in_a_row_ = 0;

  std::map<std::string, int> looks_;  // at freezers in between
  std::optional<std::vector<host::FoundUnit>> delivered_;

  Calls calls_;  // last: gone first, so that no answer comes to a half destroyed object
};

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
  reloading_ = false;
  if (!present_) return;
  subscribed_ = false;
  ask_everything();
}

/// Without it systemd sends nothing; so a refusal fails the pass, which is then tried again.
void Watcher::Impl::subscribe() {
  subscribed_ = true;
  auto sent = calls_.send(calls_.to_manager("Subscribe"), [this](sd_bus_message* reply) {
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    if (error == nullptr || sd_bus_error_has_name(error, "org.freedesktop.systemd1.AlreadySubscribed"))
      return;
    subscribed_ = false;
    failed_ = failure_of(reply, "subscribe to systemd's signals");
    if (!running_) retry_pass();
  });
  if (sent) return;
  subscribed_ = false;
  failed_ = sent.error();
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
  if (!running_ && !reloading_ && present_) arm(milliseconds{0});
}

void Watcher::Impl::schedule(milliseconds delay) {
  if (running_ || reloading_ || !present_) return;
  if (!timer_) arm(delay);
}

void Watcher::Impl::arm(milliseconds delay) {
  sd_event_source* source = nullptr;
  const auto micros = static_cast<std::uint64_t>(std::chrono::microseconds(delay).count());
  const int r = sd_event_add_time_relative(loop_, &source, CLOCK_MONOTONIC, micros, 500, on_timer, this);
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
  if (!self->running_ && self->present_) self->begin_pass();
  return 0;
}

void Watcher::Impl::begin_pass() {
  running_ = true;
  timer_.reset();
  served_ = std::exchange(waiting_, {});
  for (const std::string& unit : std::exchange(again_, {})) book_.distrust(unit);
  if (!subscribed_) subscribe();
  if (std::exchange(list_wanted_, false)) return list();
  listed();
}

void Watcher::Impl::list() {
  const auto send = [this](const char* method, void (Impl::*take)(sd_bus_message*)) {
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
        failed_ = refused;
      else
        (this->*take)(reply);
      if (lists_on_their_way_ > 0) return;
      if (!failed_) book_.list(units_, files_);
      listed();
    });
    if (sent) return;
    --lists_on_their_way_;
    failed_ = sent.error();
  };
  send("ListUnitsByPatterns", &Impl::take_units);
  send("ListUnitFilesByPatterns", &Impl::take_files);
  if (lists_on_their_way_ == 0) end_pass();
}

void Watcher::Impl::take_units(sd_bus_message* reply) {
  if (auto rows = decode_units(reply))
    units_ = std::move(*rows);
  else
    failed_ = rows.error();
}

void Watcher::Impl::take_files(sd_bus_message* reply) {
  auto rows = decode_files(reply);
  if (!rows) {
    failed_ = rows.error();
    return;
  }
  files_.clear();
  for (const ListedFile& row : *rows)
    files_.push_back({row.name(), row.state, row.state == "alias" ? target_of(row.path) : ""});
}

void Watcher::Impl::listed() {
  if (failed_) return end_pass();
  // The matches are on their way before the readings are asked for, so no change falls in between.
  if (auto followed = signals_.follow(book_.loaded()); !followed) failed_ = followed.error();
  const std::set<std::string> stale = book_.stale();
  to_read_.assign(stale.begin(), stale.end());
  read_more();
}

void Watcher::Impl::read_more() {
  while (!failed_ && !to_read_.empty() && reads_on_their_way_ < reads_at_once) {
    const std::string unit = to_read_.front();
    to_read_.pop_front();
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
      failed_ = sent.error();
  }
  if (reads_on_their_way_ == 0 && (failed_ || to_read_.empty())) end_pass();
}

void Watcher::Impl::take_reading(const std::string& unit, sd_bus_message* reply) {
  ++counters_.decoded;
  if (auto refused = failure_of(reply, "read " + unit)) {
    failed_ = refused;
    return;
  }
  if (auto reading = decode_properties(reply))
    book_.read(unit, std::move(*reading));
  else
    failed_ = reading.error();
}

void Watcher::Impl::end_pass() {
  running_ = false;
  to_read_.clear();
  if (failed_ || reloading_ || !present_) return retry_pass();
  failures_in_a_row_ = 0;
  follow_freezers();
  deliver();
  for (const auto& done : std::exchange(served_, {})) done();
  if (!waiting_.empty())
    arm(milliseconds{0});
  else if (list_wanted_ || !again_.empty())
    schedule(coalescing);
}

/// Everything is asked again: at once after the first failure, for a unit may go between the list and its
/// reading; then once a second.
void Watcher::Impl::retry_pass() {
  const std::optional<Error> failure = std::exchange(failed_, std::nullopt);
  waiting_.insert(waiting_.begin(), served_.begin(), served_.end());
  served_.clear();
  list_wanted_ = true;
  if (reloading_ || !present_) return;
  ++failures_in_a_row_;
  if (failure && failures_in_a_row_ > 1) complaint_(*failure);
  arm(failures_in_a_row_ > 1 ? retry : coalescing);
}

void Watcher::Impl::follow_freezers() {
  std::map<std::string, FreezerWatch::Group> groups;
  bool look_again = false;
  for (const std::string& unit : book_.loaded()) {
    const UnitReading* reading = book_.reading(unit);
    if (reading == nullptr) continue;
    groups[unit] = {reading->control_group, reading->facts.invocation_id};
    if (!is_between(reading->facts.freezer_state)) {
      looks_.erase(unit);
    } else if (looks_[unit]++ < freezer_looks) {
      again_.insert(unit);
      look_again = true;
    }
  }
  freezer_.follow(groups);
  if (look_again) schedule(freezer_look);
}

void Watcher::Impl::deliver() {
  std::vector<host::FoundUnit> units = book_.units();
  if (delivered_ && *delivered_ == units) return;
  delivered_ = std::move(units);
  ++counters_.deliveries;
  observer_(*delivered_);
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
