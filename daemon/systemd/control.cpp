// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd/control.hpp"

#include <algorithm>
#include <list>
#include <optional>

#include "daemon/systemd/calls.hpp"
#include "daemon/systemd/job_results.hpp"
#include "daemon/systemd/unit_decoder.hpp"
#include "model/service.hpp"

namespace nova::systemd {
namespace {

const char* method_of(Verb verb) {
  switch (verb) {
    case Verb::start:
      return "StartUnit";
    case Verb::stop:
      return "StopUnit";
    case Verb::restart:
      return "RestartUnit";
    case Verb::suspend:
      return "FreezeUnit";
    case Verb::pause:
    case Verb::resume:
      break;
  }
  return nullptr;
}

}  // namespace

class Control::Impl {
 public:
  Impl(sd_bus* bus, Ports ports)
      : loop_(sd_bus_get_event(bus)), ports_(std::move(ports)), calls_(bus), jobs_(bus, calls_) {}

  /// One deed on its way: what was asked, and who waits.
  struct Deed {
    std::string what;  ///< "stop nova-compute.service", for messages
    std::string unit;
    const char* method = nullptr;
    std::optional<BootTime> deadline;
    bool observed = true;  ///< the watcher knows the unit: its facts are read before the answer
    bool thawed = false;
    Done done;
  };

  void begin(Deed deed, std::function<void(Deed, bool frozen)> next);
  void freeze(Deed deed);
  void thaw(Deed deed, std::function<void(Deed)> next);
  void run_job(Deed deed);
  void active_targets(std::function<void(Result<std::vector<std::string>>)> done);
  void succeed(const Deed& deed);
  void refuse(const Deed& deed, Error error);
  void post(Deed deed, Error error);

 private:
  struct Posted {
    Impl* impl;
    Deed deed;
    Error error;
    EventSource source;
    std::list<Posted>::iterator self;
  };

  bool too_late(const Deed& deed);
  Message call_for(const Deed& deed, const char* method, bool with_mode) const;
  std::optional<Millis> patience_for(const Deed& deed) const;
  void send(Deed deed, Message call, std::function<void(Deed, sd_bus_message*)> next);
  void answer(const Deed& deed, const Result<void>& result);
  static int on_posted(sd_event_source*, void* data) noexcept;

  sd_event* loop_;  // asked for early: a closed connection has none
  Ports ports_;
  std::list<Posted> posted_;
  Calls calls_;
  JobResults jobs_;
};

/// Reads the freezer's state as it is now: 252 does not tell when somebody else changes it.
void Control::Impl::begin(Deed deed, std::function<void(Deed, bool)> next) {
  Message call = calls_.to_unit(deed.unit, properties_interface, "Get");
  if (call) sd_bus_message_append(call.get(), "ss", unit_interface, "FreezerState");
  send(std::move(deed), std::move(call), [this, next = std::move(next)](Deed d, sd_bus_message* reply) {
    const char* state = nullptr;
    if (auto error = failure_of(reply, d.what)) {
      // It was only looked at so far: nothing was done.
      if (error->code == Errc::job_failed || error->code == Errc::indeterminate)
        error->code = Errc::unavailable;
      if (!too_late(d)) refuse(d, *error);
      return;
    }
    if (sd_bus_message_read(reply, "v", "s", &state) <= 0)
      return refuse(d, {Errc::internal, "cannot understand systemd's word on the freezer of " + d.unit, {}});
    if (!too_late(d)) next(std::move(d), is_frozen(state));
  });
}

void Control::Impl::freeze(Deed deed) {
  Message call = call_for(deed, deed.method, false);
  send(std::move(deed), std::move(call), [this](const Deed& d, sd_bus_message* reply) {
    if (auto error = failure_of_deed(reply, d.what)) return refuse(d, *error);
    succeed(d);
  });
}

void Control::Impl::thaw(Deed deed, std::function<void(Deed)> next) {
  Message call = call_for(deed, "ThawUnit", false);
  send(std::move(deed), std::move(call), [this, next = std::move(next)](Deed d, sd_bus_message* reply) {
    if (auto error = failure_of_deed(reply, d.what + " (its thaw)")) return refuse(d, *error);
    d.thawed = true;
    next(std::move(d));
  });
}

void Control::Impl::run_job(Deed deed) {
  if (too_late(deed)) return;
  if (auto listening = jobs_.prepare(); !listening) return refuse(deed, listening.error());
  Message call = call_for(deed, deed.method, true);
  send(std::move(deed), std::move(call), [this](Deed d, sd_bus_message* reply) {
    if (auto error = failure_of_deed(reply, d.what)) {
      jobs_.give_up();
      return refuse(d, *error);
    }
    jobs_.await(reply, [this, d](const Result<std::string>& word) {
      if (!word) return refuse(d, {word.error().code, "cannot " + d.what + ": " + word.error().message, {}});
      if (*word == "done") return succeed(d);
      answer(d, fail(Errc::job_failed, "cannot " + d.what + ": systemd's job ended with '" + *word + "'"));
    });
  });
}

void Control::Impl::succeed(const Deed& deed) {
  answer(deed, {});
}

/// After a job, what came of it is read before the caller hears of it.
void Control::Impl::answer(const Deed& deed, const Result<void>& result) {
  if (!deed.observed) return deed.done(result);
  ports_.refresh(deed.unit, [done = deed.done, result] { done(result); });
}

void Control::Impl::refuse(const Deed& deed, Error error) {
  if (error.code == Errc::access_denied)
    error.message += "; the installed polkit rule does not allow it (novahostd --polkit-rule prints one)";
  if (deed.thawed) {
    // Something was done, so it is not as if nothing had been.
    if (error.code != Errc::indeterminate) error.code = Errc::job_failed;
    error.message += "; the unit was thawed before";
  }
  if (deed.thawed || error.code == Errc::indeterminate)
    return answer(deed, std::unexpected(std::move(error)));
  deed.done(std::unexpected(std::move(error)));
}

/// To freeze a unit may take long; to give up earlier than the caller would only make its end unknown.
std::optional<Millis> Control::Impl::patience_for(const Deed& deed) const {
  if (!deed.deadline) return std::nullopt;
  return std::max(*deed.deadline - ports_.now(), ports_.patience);
}

bool Control::Impl::too_late(const Deed& deed) {
  if (!deed.deadline || ports_.now() <= *deed.deadline) return false;
  refuse(deed, {Errc::deadline_exceeded,
                "cannot " + deed.what + ": its deadline passed before systemd was called",
                {}});
  return true;
}

Message Control::Impl::call_for(const Deed& deed, const char* method, bool with_mode) const {
  Message call = calls_.to_manager(method);
  if (!call) return call;
  sd_bus_message_append_basic(call.get(), 's', deed.unit.c_str());
  if (with_mode) sd_bus_message_append_basic(call.get(), 's', "replace");
  return call;
}

void Control::Impl::send(Deed deed, Message call, std::function<void(Deed, sd_bus_message*)> next) {
  const Deed kept = deed;
  auto sent = calls_.send(
      std::move(call),
      [next = std::move(next), d = std::move(deed)](sd_bus_message* reply) { next(d, reply); },
      patience_for(kept));
  if (!sent) post(kept, {sent.error().code, "cannot " + kept.what + ": " + sent.error().message, {}});
}

void Control::Impl::active_targets(std::function<void(Result<std::vector<std::string>>)> done) {
  constexpr const char* targets = "novahost-paused@*.target";
  Message call = calls_.to_manager("ListUnitsByPatterns");
  if (call) sd_bus_message_append(call.get(), "asas", 1, "active", 1, targets);
  auto sent = calls_.send(std::move(call), [done](sd_bus_message* reply) {
    const std::string what = std::string("list ") + targets;
    if (auto error = failure_of(reply, what)) return done(std::unexpected(std::move(*error)));
    const auto rows = decode_units(reply);
    if (!rows) return done(std::unexpected(rows.error()));
    std::vector<std::string> names;
    for (const ListedUnit& row : *rows) names.push_back(row.name);
    done(std::move(names));
  });
  // A connection that takes no call is closed, and the daemon on its way out.
  (void)sent;
}

/// Answers from the loop, where an answer from inside the caller's call would surprise it.
void Control::Impl::post(Deed deed, Error error) {
  posted_.push_back({this, std::move(deed), std::move(error), nullptr, {}});
  Posted& posted = posted_.back();
  posted.self = std::prev(posted_.end());
  sd_event_source* source = nullptr;
  if (sd_event_add_defer(loop_, &source, on_posted, &posted) >= 0) posted.source.reset(source);
}

int Control::Impl::on_posted(sd_event_source*, void* data) noexcept {
  auto* posted = static_cast<Posted*>(data);
  Impl* self = posted->impl;
  const Deed deed = std::move(posted->deed);
  Error error = std::move(posted->error);
  self->posted_.erase(posted->self);
  self->refuse(deed, std::move(error));
  return 0;
}

Control::Control(sd_bus* bus, Ports ports) : impl_(std::make_unique<Impl>(bus, std::move(ports))) {}
Control::~Control() = default;

void Control::perform(const host::UnitJob& job, Done done) {
  Impl::Deed deed;
  deed.what = std::string(to_string(job.verb)) + " " + job.unit;
  deed.unit = job.unit;
  deed.method = method_of(job.verb);
  deed.deadline = job.deadline;
  deed.done = std::move(done);
  if (deed.method == nullptr) {
    const std::string message = "cannot " + deed.what + ": that is no deed of systemd";
    return impl_->post(std::move(deed), {Errc::not_supported, message, "verb"});
  }
  impl_->begin(std::move(deed), [impl = impl_.get(), verb = job.verb](Impl::Deed d, bool frozen) {
    if (verb == Verb::suspend) return impl->freeze(std::move(d));
    if (!frozen) return impl->run_job(std::move(d));
    impl->thaw(std::move(d), [impl, verb](Impl::Deed thawed) {
      if (verb == Verb::start) return impl->succeed(thawed);
      impl->run_job(std::move(thawed));
    });
  });
}

void Control::thaw(const std::string& unit, Done done) {
  Impl::Deed deed;
  deed.what = "thaw " + unit;
  deed.unit = unit;
  deed.done = std::move(done);
  impl_->begin(std::move(deed), [impl = impl_.get()](Impl::Deed d, bool frozen) {
    if (!frozen) return impl->succeed(d);
    impl->thaw(std::move(d), [impl](const Impl::Deed& thawed) { impl->succeed(thawed); });
  });
}

void Control::active_targets(std::function<void(Result<std::vector<std::string>>)> done) {
  impl_->active_targets(std::move(done));
}

void Control::set_target(const std::string& target, bool active, Done done) {
  Impl::Deed deed;
  deed.what = (active ? "start " : "stop ") + target;
  deed.unit = target;
  deed.method = active ? "StartUnit" : "StopUnit";
  deed.observed = false;
  deed.done = std::move(done);
  impl_->run_job(std::move(deed));
}

}  // namespace nova::systemd
