// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/service_object.hpp"

#include <cstdlib>

#include "daemon/objects/options.hpp"

namespace nova::objects {
namespace {

constexpr const char* polkit_prefix = "org.openstack.novahost1.";
constexpr const char* services_path = "/org/openstack/NovaHost1/service";

std::string polkit_action(std::string_view verb) {
  return polkit_prefix + std::string(verb);
}

/// Answers with an error. What the bus does not take (the caller has gone) is nobody's business any more.
template <typename Reply>
void refuse(Reply& reply, const Error& error) {
  try {
    reply.returnError(error_reply(error));
  } catch (const sdbus::Error&) {
  }
}

/// Answers. What cannot be said on the bus ends in an error that can: a caller must not wait for nothing.
template <typename Reply, typename... Values>
void answer(Reply& reply, const Values&... values) {
  try {
    reply.returnResults(values...);
  } catch (const sdbus::Error&) {
    refuse(reply, {Errc::internal, "it is done, but the answer cannot be put on the bus", ""});
  }
}

/// Runs a handler. An exception that left it would end the daemon with sdbus-c++ 1.2.
template <typename Reply, typename Handler>
void guarded(const std::shared_ptr<Reply>& reply, Handler handler) {
  try {
    handler();
  } catch (const std::exception& error) {
    refuse(*reply, {Errc::internal, std::string("cannot do this: ") + error.what(), ""});
  }
}

/// Who asks, as the rules of PAUSE see them; or that this door is not theirs.
nova::Result<Caller> caller_of(const Peer& peer, bool unit_door, bool may_override) {
  if (!unit_door) return Caller{.actor = peer.name, .door = Door::bus, .may_override = may_override};
  if (!peer.trusted)
    return fail(Errc::access_denied,
                "cannot take option \"door\" from " + peer.name + ": it is for novahost-pause@.service",
                "door");
  // Always the same actor, so that the unit's own hold is known again whoever ran systemctl.
  return Caller{.actor = "systemd", .door = Door::unit, .may_override = may_override};
}

std::string owner_for(const std::string& asked, bool unit_door) {
  return unit_door ? std::string(unit_owner) : asked;
}

/// Why a call is not carried out; or who calls.
nova::Result<Caller> admitted_caller(const Peer& peer, const nova::Result<void>& admitted, bool unit_door,
                                     bool may_override) {
  if (!admitted) return std::unexpected(admitted.error());
  return caller_of(peer, unit_door, may_override);
}

}  // namespace

std::string path_of(const std::string& unit) {
  char* path = nullptr;
  if (sd_bus_path_encode(services_path, unit.c_str(), &path) < 0) throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&std::free)> owned(path, std::free);
  return path;
}

ServiceObject::ServiceObject(sdbus::IConnection& connection, Desk& desk, const host::Service& service)
    : AdaptorInterfaces(connection, sdbus::ObjectPath{path_of(service.facts.unit.name)}),
      desk_(desk),
      shown_(service) {
  registerAdaptor();
  emitInterfacesAddedSignal();
}

ServiceObject::~ServiceObject() {
  try {
    emitInterfacesRemovedSignal();
  } catch (const sdbus::Error&) {  // the bus is gone, and with it all who listened
  }
  unregisterAdaptor();
}

void ServiceObject::show(const host::Service& service) {
  const auto names = differing(shown_, service);
  shown_ = service;
  if (names.empty()) return;
  std::vector<PropertyName> properties;
  for (const std::string& name : names) properties.emplace_back(name);
  getObject().emitPropertiesChangedSignal(InterfaceName{Service_adaptor::INTERFACE_NAME}, properties);
}

Call ServiceObject::call() const {
  sd_bus_message* message = current_message(getObject());
  const char* sender = sd_bus_message_get_sender(message);
  return {sender ? sender : "", sd_bus_message_get_allow_interactive_authorization(message) > 0};
}

Authority::Question ServiceObject::question(Verb verb, bool override_) const {
  Authority::Question question{.call = call(), .required = {polkit_action(to_string(verb))}};
  if (override_) question.required.push_back(polkit_action("override"));
  question.details = {{"unit", shown_.facts.unit.name}, {"binary", shown_.facts.binary}};
  return question;
}

void ServiceObject::Pause(PauseReply&& reply, std::string reason, Dictionary options) {
  const auto out = std::make_shared<PauseReply>(std::move(reply));
  guarded(out, [&] {
    const auto said = pause_options(options);
    if (!said) return refuse(*out, said.error());
    // Before anybody is asked: nothing waits for polkit that cannot be right, or is larger than a hold.
    const auto wish = check_pause({.service = shown_.facts.id,
                                   .caller = {},
                                   .owner = owner_for(said->owner, said->unit_door),
                                   .reason = std::move(reason),
                                   .until = said->until,
                                   .enforce = said->enforce},
                                  desk_.agent.settings().require_reason, desk_.now());
    if (!wish) return refuse(*out, wish.error());
    auto asked = question(Verb::pause, said->override_);
    if (said->unit_door)
      asked.required.clear();  // not polkit's: the caller has to be root or the daemon's user
    desk_.authority.admit(asked, [&desk = desk_, out, unit = shown_.facts.unit.name, wish = *wish,
                                  said = *said](const Peer& peer, const nova::Result<void>& admitted) {
      const auto caller = admitted_caller(peer, admitted, said.unit_door, said.override_);
      if (!caller) {
        desk.denied(peer.name, "pause", unit, caller.error());
        return refuse(*out, caller.error());
      }
      guarded(out, [&] {
        PauseRequest request = wish;
        request.caller = *caller;
        const auto done = desk.agent.pause(std::move(request), desk.now());
        if (!done) return refuse(*out, done.error());
        answer(*out, done->changed, encode(done->hold));
      });
    });
  });
}

void ServiceObject::Resume(ResumeReply&& reply, Dictionary options) {
  const auto out = std::make_shared<ResumeReply>(std::move(reply));
  guarded(out, [&] {
    const auto said = resume_options(options);
    if (!said) return refuse(*out, said.error());
    auto asked = question(Verb::resume, said->override_);
    if (said->unit_door) asked.required.clear();
    const std::string start = polkit_action(to_string(Verb::start));
    if (shown_.facts.unit.freezer_state != "running") asked.optional = {start};
    desk_.authority.admit(asked, [&desk = desk_, out, id = shown_.facts.id, unit = shown_.facts.unit.name,
                                  start, said = *said](const Peer& peer, const nova::Result<void>& admitted) {
      const auto caller = admitted_caller(peer, admitted, said.unit_door, said.override_);
      if (!caller) {
        desk.denied(peer.name, "resume", unit, caller.error());
        return refuse(*out, caller.error());
      }
      const auto granted = peer.granted.find(start);
      const bool may_start = granted != peer.granted.end() && granted->second;
      guarded(out, [&] {
        const auto done = desk.agent.resume({.service = id,
                                             .caller = *caller,
                                             .owner = owner_for(said.owner, said.unit_door),
                                             .all = said.all,
                                             .message = said.message},
                                            may_start, desk.now());
        if (!done) return refuse(*out, done.error());
        answer(*out, done->changed, encode(done->remaining),
               done->thawing ? unit + " was frozen and is being thawed" : done->note);
      });
    });
  });
}

void ServiceObject::command(Verb verb, CommandReply&& reply, const Dictionary& options) {
  const auto out = std::make_shared<CommandReply>(std::move(reply));
  guarded(out, [&] {
    const auto said = command_options(options, verb);
    if (!said) return refuse(*out, said.error());
    const auto deadline = desk_.now().boot + said->time;  // the time polkit takes counts
    desk_.authority.admit(question(verb, false), [&desk = desk_, out, verb, deadline, id = shown_.facts.id,
                                                  unit = shown_.facts.unit.name, said = *said](
                                                     const Peer& peer, const nova::Result<void>& admitted) {
      if (!admitted) {
        desk.denied(peer.name, std::string(to_string(verb)), unit, admitted.error());
        return refuse(*out, admitted.error());
      }
      guarded(out, [&] {
        desk.agent.run({.id = random_uuid(),
                        .service = id,
                        .verb = verb,
                        .caller = {.actor = peer.name, .door = Door::bus, .may_override = false},
                        .reason = said.reason,
                        .deadline = deadline,
                        .force = said.force},
                       desk.now(), [out](const nova::Result<Action>& done) {
                         if (!done) return refuse(*out, done.error());
                         answer(*out, done->message);
                       });
      });
    });
  });
}

void ServiceObject::Start(CommandReply&& reply, Dictionary options) {
  command(Verb::start, std::move(reply), options);
}
void ServiceObject::Stop(CommandReply&& reply, Dictionary options) {
  command(Verb::stop, std::move(reply), options);
}
void ServiceObject::Restart(CommandReply&& reply, Dictionary options) {
  command(Verb::restart, std::move(reply), options);
}
void ServiceObject::Suspend(CommandReply&& reply, Dictionary options) {
  command(Verb::suspend, std::move(reply), options);
}

std::vector<Dictionary> ServiceObject::History(const uint32_t& limit) {
  std::vector<Dictionary> out;
  for (const auto& ended : desk_.agent.history(shown_.facts.id, limit)) out.push_back(encode(ended));
  return out;
}

}  // namespace nova::objects
