// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/authority.hpp"

#include <unistd.h>

#include <algorithm>
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

Message new_check(sd_bus* bus, const Authority::Question& question, const std::string& action,
                  bool interactive) {
  sd_bus_message* raw = nullptr;
  int error = sd_bus_message_new_method_call(bus, &raw, "org.freedesktop.PolicyKit1",
                                             "/org/freedesktop/PolicyKit1/Authority",
                                             "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
  Message message(raw);
  if (error >= 0)
    error = sd_bus_message_append(raw, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                  question.call.sender.c_str(), action.c_str());
  if (error >= 0) error = sd_bus_message_open_container(raw, 'a', "{ss}");
  for (const auto& [key, value] : question.details)
    if (error >= 0) error = sd_bus_message_append(raw, "{ss}", key.c_str(), value.c_str());
  if (error >= 0) error = sd_bus_message_close_container(raw);
  if (error >= 0) error = sd_bus_message_append(raw, "us", interactive ? 1U : 0U, "");
  if (error < 0) message.reset();
  return message;
}

}  // namespace

struct Authority::Request {
  Authority* authority = nullptr;
  Question question;
  Answer answer;
  Peer peer;
  std::size_t next = 0;  // of required, then of optional
  sd_bus_slot* slot = nullptr;

  ~Request() { sd_bus_slot_unref(slot); }
  bool at_required() const { return next < question.required.size(); }
  bool at_end() const { return next >= question.required.size() + question.optional.size(); }
  const std::string& action() const {
    return at_required() ? question.required[next] : question.optional[next - question.required.size()];
  }
};

Authority::Authority(sd_bus* bus) : bus_(bus) {}
Authority::~Authority() = default;

void Authority::admit(const Question& question, Answer answer) {
  auto& request = *requests_.emplace_back(std::make_unique<Request>());
  request.authority = this;
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
  Authority& self = *request.authority;
  std::uint32_t user = 0;
  if (sd_bus_message_is_method_error(reply, nullptr) || sd_bus_message_read(reply, "u", &user) < 0) {
    self.finish(request, std::unexpected(no_answer("the bus", reply)));
    return 0;
  }
  request.peer.name = self.names_.of(user);
  request.peer.trusted = user == 0 || user == getuid();
  if (user == 0) {
    for (const std::string& action : request.question.optional) request.peer.granted[action] = true;
    self.finish(request, request.peer);
    return 0;
  }
  self.ask_next(request);
  return 0;
}

void Authority::ask_next(Request& request) {
  if (request.at_end()) {
    finish(request, request.peer);
    return;
  }
  const bool interactive = request.question.call.interactive && request.at_required();
  const auto message = new_check(bus_, request.question, request.action(), interactive);
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
  if (sd_bus_message_is_method_error(reply, nullptr) ||
      sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
      sd_bus_message_read(reply, "bb", &granted, &challenge) < 0) {
    self.finish(request, std::unexpected(no_answer("polkit", reply)));
    return 0;
  }
  self.decided(request, granted != 0, challenge != 0);
  return 0;
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

void Authority::finish(Request& request, const Result<Peer>& result) {
  const auto same = [&](const std::unique_ptr<Request>& other) { return other.get() == &request; };
  const auto found = std::ranges::find_if(requests_, same);
  const auto kept = std::move(*found);  // the answer may bring the next question
  requests_.erase(found);
  kept->answer(result);
}

}  // namespace nova::objects
