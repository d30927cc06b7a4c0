// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/authority.hpp"

#include <unistd.h>

#include <cstring>

namespace nova::objects {
namespace {

constexpr std::uint64_t quick = 25'000'000;           // microseconds
constexpr std::uint64_t with_a_person = 180'000'000;  // somebody types a password

struct Unref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

Error no_answer(const char* whom, sd_bus_message* reply) {
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  return {Errc::unavailable,
          std::string("cannot ask ") + whom +
              " about the caller: " + (error && error->message ? error->message : "no answer"),
          ""};
}

int new_call(sd_bus* bus, sd_bus_message** raw, const char* method) {
  return sd_bus_message_new_method_call(bus, raw, "org.freedesktop.PolicyKit1",
                                        "/org/freedesktop/PolicyKit1/Authority",
                                        "org.freedesktop.PolicyKit1.Authority", method);
}

Message new_check(sd_bus* bus, const Authority::Question& question, const std::string& action,
                  bool interactive, const std::string& cancellation) {
  sd_bus_message* raw = nullptr;
  int error = new_call(bus, &raw, "CheckAuthorization");
  Message message(raw);
  if (error >= 0)
    error = sd_bus_message_append(raw, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                  question.call.sender.c_str(), action.c_str());
  if (error >= 0) error = sd_bus_message_open_container(raw, 'a', "{ss}");
  for (const auto& [key, value] : question.details)
    if (error >= 0) error = sd_bus_message_append(raw, "{ss}", key.c_str(), value.c_str());
  if (error >= 0) error = sd_bus_message_close_container(raw);
  if (error >= 0) error = sd_bus_message_append(raw, "us", interactive ? 1U : 0U, cancellation.c_str());
  if (error < 0) message.reset();
  return message;
}

Error too_many(const std::string& whose) {
  return {Errc::unavailable,
          "cannot take this call now: too many of " + whose + " wait for an answer of polkit; try again", ""};
}

/// What is unset by sd_bus_add_match_async() ends the connection where a match is refused. Here it would only
/// have saved polkit a question.
int on_match(sd_bus_message*, void*, sd_bus_error*) {
  return 0;
}

}  // namespace

struct Authority::Request {
  Authority* authority = nullptr;
  std::uint64_t id = 0;
  Question question;
  Answer answer;
  Peer peer;
  bool identified = false;   // takes a place
  std::size_t next = 0;      // of required, then of optional
  std::string cancellation;  // polkit's name for the question that is open; "": none
  sd_bus_slot* slot = nullptr;
  sd_bus_slot* left = nullptr;

  ~Request() {
    sd_bus_slot_unref(slot);
    sd_bus_slot_unref(left);
  }
  bool at_required() const { return next < question.required.size(); }
  bool at_end() const { return next >= question.required.size() + question.optional.size(); }
  const std::string& action() const {
    return at_required() ? question.required[next] : question.optional[next - question.required.size()];
  }
};

Authority::Authority(sd_bus* bus) : bus_(bus), names_(sd_bus_get_event(bus)) {}

Authority::~Authority() {
  for (const auto& [id, request] : requests_) cancel(*request);
}

void Authority::admit(const Question& question, Answer answer) {
  if (requests_.size() >= most_callers) {
    answer({}, std::unexpected(too_many("all calls")));
    return;
  }
  auto& request = *(requests_[++last_id_] = std::make_unique<Request>());
  request.authority = this;
  request.id = last_id_;
  request.question = question;
  request.answer = std::move(answer);
  // sd_bus_query_sender_creds() would ask the same of the bus daemon, but wait for it.
  const int sent = sd_bus_call_method_async(
      bus_, &request.slot, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixUser", on_user, &request, "s", question.call.sender.c_str());
  if (sent < 0)
    finish(request, fail(Errc::unavailable,
                         std::string("cannot ask the bus about the caller: ") + std::strerror(-sent)));
}

int Authority::on_user(sd_bus_message* reply, void* data, sd_bus_error*) {
  auto& request = *static_cast<Request*>(data);
  std::uint32_t user = 0;
  if (sd_bus_message_is_method_error(reply, nullptr) || sd_bus_message_read(reply, "u", &user) < 0)
    request.authority->finish(request, std::unexpected(no_answer("the bus", reply)));
  else
    request.authority->identified(request, user);
  return 0;
}

void Authority::identified(Request& request, uid_t user) {
  request.peer.user = user;
  request.peer.name = names_.known(user);
  request.peer.trusted = user == 0 || user == getuid();
  if (user == 0) {
    for (const std::string& action : request.question.optional) request.peer.granted[action] = true;
    finish(request, {});
    return;
  }
  if (!has_place(user)) {
    finish(request, std::unexpected(too_many("the calls of " + request.peer.name)));
    return;
  }
  request.identified = true;
  watch(request);
  names_.of(user, [this, id = request.id](const Result<std::string>& name) { named(id, name); });
}

bool Authority::has_place(uid_t user) const {
  std::size_t all = 0;
  std::size_t theirs = 0;
  for (const auto& [id, request] : requests_) {
    if (!request->identified) continue;
    ++all;
    if (request->peer.user == user) ++theirs;
  }
  return all < most && theirs < most_for_a_user;
}

void Authority::watch(Request& request) {
  // A unique name changes its owner once: when its connection ends. Who had left before this is unknown to
  // polkit, too, which says so at once.
  const std::string match =
      "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
      "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
      request.question.call.sender + "'";
  sd_bus_add_match_async(bus_, &request.left, match.c_str(), on_left, on_match, &request);
}

int Authority::on_left(sd_bus_message*, void* data, sd_bus_error*) {
  auto& request = *static_cast<Request*>(data);
  Authority& self = *request.authority;
  self.cancel(request);
  const std::uint64_t id = request.id;
  self.requests_.erase(id);
  return 0;
}

void Authority::named(std::uint64_t id, const Result<std::string>& name) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;  // the caller has left
  Request& request = *found->second;
  if (!name) {
    finish(request, std::unexpected(name.error()));
    return;
  }
  request.peer.name = *name;
  ask_next(request);
}

void Authority::ask_next(Request& request) {
  if (request.at_end()) {
    finish(request, {});
    return;
  }
  const bool interactive = request.question.call.interactive && request.at_required();
  request.cancellation = "novahost-" + std::to_string(request.id) + "-" + std::to_string(request.next);
  const auto message = new_check(bus_, request.question, request.action(), interactive, request.cancellation);
  sd_bus_slot* slot = nullptr;
  const int sent = message ? sd_bus_call_async(bus_, &slot, message.get(), on_decision, &request,
                                               interactive ? with_a_person : quick)
                           : -ENOMEM;
  sd_bus_slot_unref(request.slot);
  request.slot = slot;
  if (sent < 0)
    finish(request, fail(Errc::unavailable, std::string("cannot ask polkit: ") + std::strerror(-sent)));
}

int Authority::on_decision(sd_bus_message* reply, void* data, sd_bus_error*) {
  auto& request = *static_cast<Request*>(data);
  Authority& self = *request.authority;
  int granted = 0;
  int challenge = 0;
  if (sd_bus_message_is_method_error(reply, nullptr) > 0) self.cancel(request);  // its time may be over
  request.cancellation.clear();
  if (sd_bus_message_is_method_error(reply, nullptr) ||
      sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
      sd_bus_message_read(reply, "bb", &granted, &challenge) < 0) {
    self.finish(request, std::unexpected(no_answer("polkit", reply)));
    return 0;
  }
  self.decided(request, granted != 0, challenge != 0);
  return 0;
}

void Authority::cancel(const Request& request) {
  if (request.cancellation.empty()) return;
  sd_bus_message* raw = nullptr;
  const bool made = new_call(bus_, &raw, "CancelCheckAuthorization") >= 0;
  const Message message(raw);
  if (made && sd_bus_message_append(raw, "s", request.cancellation.c_str()) >= 0 &&
      sd_bus_message_set_expect_reply(raw, 0) >= 0 && sd_bus_message_set_auto_start(raw, 0) >= 0)
    sd_bus_send(bus_, raw, nullptr);  // where it cannot be sent, polkit's own answer comes to nobody
}

void Authority::decided(Request& request, bool granted, bool challenge) {
  if (!request.at_required()) {
    request.peer.granted[request.action()] = granted;
  } else if (!granted) {
    const std::string about = "cannot go on: " + request.peer.name + " is not allowed " + request.action();
    finish(request, challenge ? fail(Errc::interaction_required, about + " without authentication")
                              : fail(Errc::access_denied, about));
    return;
  }
  ++request.next;
  ask_next(request);
}

void Authority::finish(Request& request, const Result<void>& admitted) {
  const auto kept = requests_.extract(request.id);  // the answer may bring the next question
  kept.mapped()->answer(kept.mapped()->peer, admitted);
}

}  // namespace nova::objects
