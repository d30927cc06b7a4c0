// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "daemon/message_ids.hpp"

namespace nova {
namespace {

/// $JOURNAL_STREAM names the device and inode of the journal's socket (systemd.exec(5)).
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat facts {};
  if (!stream || fstat(STDERR_FILENO, &facts) < 0) return false;
  return stream == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

std::string unit_of(const host::Agent& agent, const Uuid& service) {
  const host::Service* found = agent.host().find(service);
  return found ? found->facts.unit.name : "service " + to_string(service);
}

const char* past_of(Verb verb) {
  switch (verb) {
    case Verb::pause:
      return "held";
    case Verb::resume:
      return "resumed";
    case Verb::start:
      return "started";
    case Verb::stop:
      return "stopped";
    case Verb::restart:
      return "restarted";
    case Verb::suspend:
      return "suspended";
  }
  return "changed";
}

const char* id_of(const Action& action) {
  if (action.used_override) return message::overridden;
  if (action.verb == Verb::pause) return message::held;
  if (action.verb == Verb::resume) return message::released;
  return is_final(action.outcome) ? message::command_ended : message::command_begun;
}

std::string sentence(const Action& action, const std::string& unit, const std::string& host) {
  const std::string who =
      full_name(action.actor, action.door, host) + " (" + std::string(to_string(action.door)) + ")";
  const std::string why = action.reason.empty() ? "" : ": " + action.reason;
  if (action.outcome == Outcome::succeeded)
    return unit + " " + past_of(action.verb) + " by " + who + why +
           (action.message.empty() || action.message == "done" ? "" : "; " + action.message);
  if (!is_final(action.outcome))
    return std::string(to_string(action.verb)) + " of " + unit + " asked for by " + who + why +
           (action.message.empty() ? "" : "; it " + action.message);
  return std::string(to_string(action.verb)) + " of " + unit + " for " + who + " " +
         std::string(to_string(action.outcome)) + ": " + action.message;
}

}  // namespace

Journal::Journal() : structured_(stderr_is_journal()) {}

void Journal::write(int priority, const char* id, const std::string& text, const Fields& fields) const {
  if (!structured_) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  std::vector<std::string> lines{"MESSAGE=" + text, "PRIORITY=" + std::to_string(priority),
                                 "MESSAGE_ID=" + std::string(id), "SYSLOG_IDENTIFIER=novahostd"};
  for (const auto& [name, value] : fields)
    if (!value.empty()) lines.push_back(std::string("NOVA_") + name + "=" + value);
  std::vector<iovec> parts;
  for (std::string& line : lines) parts.push_back({line.data(), line.size()});
  sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

ActionJournal::ActionJournal(host::Agent& agent, const Journal& journal) : agent_(agent), journal_(journal) {
  agent_.add(*this);
}

ActionJournal::~ActionJournal() {
  agent_.remove(*this);
}

void ActionJournal::acted(const Action& action) {
  const std::string unit = unit_of(agent_, action.service);
  const bool well = !is_final(action.outcome) || action.outcome == Outcome::succeeded;
  const int priority = well ? (action.used_override ? LOG_NOTICE : LOG_INFO) : LOG_WARNING;
  journal_.write(priority, id_of(action), sentence(action, unit, agent_.host().info().name),
                 {{"SERVICE", to_string(action.service)},
                  {"UNIT", unit},
                  {"VERB", std::string(to_string(action.verb))},
                  {"ACTOR", action.actor},
                  {"DOOR", std::string(to_string(action.door))},
                  {"HOLD", action.hold ? to_string(*action.hold) : ""},
                  {"OUTCOME", std::string(to_string(action.outcome))},
                  {"REQUEST_ID", "req-" + to_string(action.id)},
                  {"REASON", action.reason}});
}

void ActionJournal::expired(const Hold& hold, const std::vector<Hold>& remaining) {
  const std::string unit = unit_of(agent_, hold.service);
  journal_.write(
      LOG_INFO, message::expired,
      "the hold of " + hold.owner + " on " + unit + " ended: its time was over (" +
          to_rfc3339(hold.until.value_or(hold.recorded)) + ")" +
          (remaining.empty() ? "" : "; still held by " + describe(remaining, agent_.host().info().name)),
      {{"SERVICE", to_string(hold.service)},
       {"UNIT", unit},
       {"HOLD", to_string(hold.id)},
       {"REASON", hold.reason}});
}

}  // namespace nova
