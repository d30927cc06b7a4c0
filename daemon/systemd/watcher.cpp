// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/watcher.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "daemon/systemd/calls.hpp"
#include "daemon/systemd/freezer_watch.hpp"
#include "daemon/systemd/pass.hpp"
#include "daemon/systemd/unit_book.hpp"
#include "daemon/systemd/unit_signals.hpp"

namespace nova::systemd {
namespace {

using std::chrono::milliseconds;

// One change of a unit is a handful of signals within a millisecond or two: they are answered together.
constexpr milliseconds coalescing{5};
constexpr milliseconds retry{1000};
constexpr milliseconds longest_retry{30'000};
// A reload ends with its second signal; this is for a systemd that crashed in between.
constexpr milliseconds longest_reload{30'000};
// How often a freezer "freezing" or "thawing" is looked at again: the kernel tells us before systemd has
// noticed. If it takes longer than these looks, the kernel tells us again when it is done.
constexpr int freezer_looks = 4;
constexpr milliseconds freezer_look{10};

bool is_between(const std::string& freezer_state) {
  return freezer_state.starts_with("freezing") || freezer_state.starts_with("thawing");
}

/// After the first failure at once, for a unit may go between the list and its reading; then a second later,
/// and always twice as long.
milliseconds pause_after(int failures) {
  return failures == 1 ? coalescing : std::min(longest_retry, retry * (1 << std::min(failures - 2, 5)));
}

}  // namespace

/// Decides when to look: in passes, one at a time. What signals ask for during a pass is taken up by the
/// next.
class Watcher::Impl {
 public:
  Impl(sd_bus* bus, sd_event* loop, const host::UnitNames& names, Observer observer, Complaint complaint)
      : loop_(loop),
        observer_(std::move(observer)),
        complaint_(std::move(complaint)),
        book_(names),
        signals_(bus, names,
                 {.owner = [this](const std::string& owner) { adopt(owner); },
                  .changed = [this](const std::string& unit) { ask_again(unit); },
                  .list_changed = [this] { ask_list(); },
                  .reloading = [this](bool begun) { hold(begun); }}),
        freezer_(loop, [this](const std::string& unit) { ask_again(unit); }),
        calls_(bus),
        pass_(calls_, book_, names.globs(),
              {.follow = [this](const std::set<std::string>& units) { return signals_.follow(units); },
               .ended = [this](const Pass::Result& result) { end_pass(result); }}) {}

  Result<void> start();
  void refresh(const std::string& unit, std::function<void()> done);
  Counters counters() const {
    const Pass::Counters& pass = pass_.counters();
    return {signals_.heard(), pass.lists, pass.reads, pass.decoded, deliveries_};
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
  void end_pass(const Pass::Result& result);
  void retry_pass(const std::optional<Error>& failure);
  bool is_first_time(const std::map<std::string, Error>& unreadable);
  void complain(const Error& error);
  void deliver();
  void follow_freezers();

  sd_event* loop_;
  Observer observer_;
  Complaint complaint_;
  UnitBook book_;
  UnitSignals signals_;
  FreezerWatch freezer_;
  std::uint64_t deliveries_ = 0;
  EventSource timer_;
  std::uint64_t due_ = 0;  // when the timer ends, on the monotonic clock

  // What the next pass has to do.
  bool list_wanted_ = false;
  std::set<std::string> again_;
  std::vector<std::function<void()>> waiting_;

  // When it may begin.
  bool present_ = false;  // systemd has an owner on the bus
  bool subscribed_ = false;
  bool reloading_ = false;     // its list is not to be trusted now
  std::optional<Error> deaf_;  // systemd refused to send us its signals

  std::vector<std::function<void()>> served_;  // by the pass that runs
  int failures_in_a_row_ = 0;
  std::map<std::string, int> unreadable_;  // passes in a row that could not read the unit
  std::set<std::string> complained_;       // since all was well last

  std::map<std::string, int> looks_;  // at freezers in between
  std::optional<std::vector<host::FoundUnit>> delivered_;

  Calls calls_;  // near the end: gone early, so that no answer comes to a half destroyed object
  Pass pass_;
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

void Watcher::Impl::begin_pass() {
  timer_.reset();
  served_ = std::exchange(waiting_, {});
  for (const std::string& unit : std::exchange(again_, {})) book_.distrust(unit);
  if (!subscribed_) subscribe();
  pass_.begin(std::exchange(list_wanted_, false));
}

void Watcher::Impl::end_pass(const Pass::Result& result) {
  const auto failure = result.failure ? result.failure : deaf_;
  if (failure || reloading_ || !present_) return retry_pass(failure);
  if (is_first_time(result.unreadable)) return retry_pass(std::nullopt);
  failures_in_a_row_ = 0;
  follow_freezers();
  deliver();
  for (const auto& done : std::exchange(served_, {})) done();
  for (const auto& [unit, error] : result.unreadable) {
    complain(error);
    // It stays stale, so that every pass tries it again: this one for its sake, if none comes before.
    schedule(pause_after(unreadable_[unit]));
  }
  if (result.unreadable.empty()) complained_.clear();
  if (!waiting_.empty())
    schedule(milliseconds{0});
  else if (list_wanted_ || !again_.empty())
    schedule(coalescing);
}

/// A unit that cannot be read for the first time may just have gone; then it is not in the next list. Where
/// it is, it keeps nothing else from being told.
bool Watcher::Impl::is_first_time(const std::map<std::string, Error>& unreadable) {
  std::erase_if(unreadable_, [&](const auto& entry) { return !unreadable.contains(entry.first); });
  bool first = false;
  for (const auto& [unit, error] : unreadable) first |= ++unreadable_[unit] == 1;
  return first;
}

/// Everything is asked again.
void Watcher::Impl::retry_pass(const std::optional<Error>& failure) {
  waiting_.insert(waiting_.begin(), served_.begin(), served_.end());
  served_.clear();
  list_wanted_ = true;
  if (reloading_ || !present_) return;
  if (!failure) return schedule(coalescing);
  if (++failures_in_a_row_ > 1) complain(*failure);
  schedule(std::min(pause_after(failures_in_a_row_), retry));
}

void Watcher::Impl::complain(const Error& error) {
  if (complained_.insert(error.message).second) complaint_(error);
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
  ++deliveries_;
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
