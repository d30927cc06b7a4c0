// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/systemd/fake_systemd.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "daemon/systemd/calls.hpp"

namespace nova::systemd::testing {
namespace {

void must(int r, const char* what) {
  if (r < 0) throw std::runtime_error(std::string("cannot ") + what + ": " + std::strerror(-r));
}

constexpr const char* job_path = "/org/freedesktop/systemd1/job/7";

std::string unit_of(const char* path) {
  char* name = nullptr;
  if (sd_bus_path_decode(path, "/org/freedesktop/systemd1/unit", &name) <= 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> owned(name, std::free);
  return name;
}

std::vector<std::string> read_strings(sd_bus_message* m) {
  std::vector<std::string> all;
  must(sd_bus_message_enter_container(m, 'a', "s"), "read a list");
  const char* text = nullptr;
  while (sd_bus_message_read_basic(m, 's', &text) > 0) all.emplace_back(text);
  must(sd_bus_message_exit_container(m), "read a list");
  return all;
}

void append_command(sd_bus_message* m, const std::vector<std::string>& command) {
  sd_bus_message_open_container(m, 'e', "sv");
  sd_bus_message_append(m, "s", "ExecStart");
  sd_bus_message_open_container(m, 'v', "a(sasbttttuii)");
  sd_bus_message_open_container(m, 'a', "(sasbttttuii)");
  sd_bus_message_open_container(m, 'r', "sasbttttuii");
  sd_bus_message_append(m, "s", command.front().c_str());
  sd_bus_message_open_container(m, 'a', "s");
  for (const std::string& word : command) sd_bus_message_append(m, "s", word.c_str());
  sd_bus_message_close_container(m);
  sd_bus_message_append(m, "bttttuii", 0, std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0},
                        std::uint64_t{0}, 0, 0, 0);
  for (int open = 0; open < 4; ++open) sd_bus_message_close_container(m);
}

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::ranges::any_of(globs,
                             [&](const auto& glob) { return fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

}  // namespace

PrivateBus::PrivateBus() {
  must(sd_event_new(&loop_), "make a loop");
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const std::string print = "--print-address=3";
  const char* command[] = {"dbus-daemon", "--session", "--nofork", "--nosyslog", print.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], 3);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);  // it grumbles about its limits
  const int failed =
      posix_spawnp(&daemon_, "dbus-daemon", &actions, nullptr, const_cast<char* const*>(command), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  must(-failed, "start dbus-daemon");
  char c = 0;
  while (read(out[0], &c, 1) == 1 && c != '\n') address_ += c;
  close(out[0]);
}

PrivateBus::~PrivateBus() {
  for (sd_bus* connection : connections_) sd_bus_close_unref(connection);
  sd_event_unref(loop_);
  kill(daemon_, SIGTERM);
  waitpid(daemon_, nullptr, 0);
}

sd_bus* PrivateBus::connect() {
  sd_bus* connection = nullptr;
  must(sd_bus_new(&connection), "make a connection");
  connections_.push_back(connection);
  must(sd_bus_set_address(connection, address_.c_str()), "set the address");
  must(sd_bus_set_bus_client(connection, 1), "be a client");
  must(sd_bus_start(connection), "connect");
  must(sd_bus_attach_event(connection, loop_, 0), "attach");
  const char* name = nullptr;
  must(sd_bus_get_unique_name(connection, &name), "get a name");
  return connection;
}

bool PrivateBus::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    must(sd_event_run(loop_, 100'000), "run the loop");
  }
  return true;
}

void PrivateBus::settle() {
  // Twice: what the first round brings in may send something in its turn.
  for (int round = 0; round < 2; ++round) {
    std::size_t answers = 0;
    std::vector<Slot> slots;
    for (sd_bus* connection : connections_) {
      if (sd_bus_is_open(connection) <= 0) {
        ++answers;
        continue;
      }
      sd_bus_slot* slot = nullptr;
      const auto count = [](sd_bus_message*, void* data, sd_bus_error*) {
        ++*static_cast<std::size_t*>(data);
        return 0;
      };
      must(sd_bus_call_method_async(connection, &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                    "org.freedesktop.DBus", "GetId", count, &answers, ""),
           "call the bus");
      slots.emplace_back(slot);
    }
    if (!until([&] { return answers == connections_.size(); })) throw std::runtime_error("the bus hangs");
  }
}

void FakeSystemd::connect() {
  connection_ = bus_->connect();
  sd_bus_slot* slot = nullptr;
  must(sd_bus_add_filter(connection_, &slot, on_message, this), "listen");
  filter_.reset(slot);
  must(sd_bus_request_name(connection_, systemd_name, 0), "take systemd's name");
}

void FakeSystemd::replace() {
  filter_.reset();
  sd_bus_close(connection_);
  connect();
}

int FakeSystemd::on_message(sd_bus_message* message, void* data, sd_bus_error*) {
  std::uint8_t type = 0;
  sd_bus_message_get_type(message, &type);
  if (type != SD_BUS_MESSAGE_METHOD_CALL) return 0;
  return static_cast<FakeSystemd*>(data)->answer(message);
}

int FakeSystemd::answer(sd_bus_message* call) {
  const std::string method = sd_bus_message_get_member(call);
  const std::string path = sd_bus_message_get_path(call);
  if (const auto refusal = refusals.find(method); refusal != refusals.end()) {
    const std::string name = refusal->second;
    refusals.erase(refusal);
    calls.push_back(method + " refused");
    return sd_bus_reply_method_errorf(call, name.c_str(), "as the test wants it");
  }
  if (mute.contains(method)) {
    calls.push_back(method + " unanswered");
    return 1;
  }
  if (method == "ListUnitsByPatterns") return answer_units(call);
  if (method == "ListUnitFilesByPatterns") return answer_files(call);
  if (method == "GetAll") return answer_properties(call);
  if (method == "Get" && path == job_path) {
    calls.push_back("Get job");
    if (jobs_exist) return sd_bus_reply_method_return(call, "v", "s", "running");
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_OBJECT, "no such job");
  }
  if (method == "Get")
    return sd_bus_reply_method_return(call, "v", "s", units[unit_of(path.c_str())].freezer.c_str());
  return answer_deed(call, method);
}

int FakeSystemd::answer_deed(sd_bus_message* call, const std::string& method) {
  std::string said = method, unit;
  const char* word = nullptr;
  while (sd_bus_message_read_basic(call, 's', &word) > 0) {
    if (unit.empty()) unit = word;
    said += std::string(" ") + word;
  }
  calls.push_back(said);
  const auto found = units.find(unit);
  if (found != units.end()) {
    Unit& u = found->second;
    if (method == "FreezeUnit") u.freezer = "frozen";
    if (method == "ThawUnit") u.freezer = "running";
    // As systemd 257; 252 thaws by itself.
    if ((method == "StopUnit" || method == "RestartUnit") && u.freezer != "running")
      return sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.UnitBusy", "Unit is frozen");
  }
  if (method.ends_with("Unit") && method != "FreezeUnit" && method != "ThawUnit")
    return sd_bus_reply_method_return(call, "o", job_path);
  return sd_bus_reply_method_return(call, "");
}

int FakeSystemd::answer_units(sd_bus_message* call) {
  calls.push_back("ListUnitsByPatterns");
  const auto states = read_strings(call);
  const auto globs = read_strings(call);
  sd_bus_message* reply = nullptr;
  must(sd_bus_message_new_method_return(call, &reply), "answer");
  const Message owned(reply);
  sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
  for (const auto& [name, u] : units)
    if (matches_any(globs, name) && (states.empty() || std::ranges::count(states, u.active) > 0))
      sd_bus_message_append(reply, "(ssssssouso)", name.c_str(), "A unit", u.load.c_str(), u.active.c_str(),
                            u.sub.c_str(), "", unit_path(name).c_str(), 0, "", "/");
  sd_bus_message_close_container(reply);
  return sd_bus_send(nullptr, reply, nullptr) < 0 ? -1 : 1;
}

int FakeSystemd::answer_files(sd_bus_message* call) {
  calls.push_back("ListUnitFilesByPatterns");
  read_strings(call);
  const auto globs = read_strings(call);
  sd_bus_message* reply = nullptr;
  must(sd_bus_message_new_method_return(call, &reply), "answer");
  const Message owned(reply);
  sd_bus_message_open_container(reply, 'a', "(ss)");
  for (const auto& [path, state] : files)
    if (matches_any(globs, path.substr(path.rfind('/') + 1)))
      sd_bus_message_append(reply, "(ss)", path.c_str(), state.c_str());
  sd_bus_message_close_container(reply);
  return sd_bus_send(nullptr, reply, nullptr) < 0 ? -1 : 1;
}

int FakeSystemd::answer_properties(sd_bus_message* call) {
  const std::string name = unit_of(sd_bus_message_get_path(call));
  calls.push_back("GetAll " + name);
  const auto found = units.find(name);
  if (found == units.end() || unreadable.contains(name))
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_OBJECT, "no such unit");
  const Unit& u = found->second;
  sd_bus_message* reply = nullptr;
  must(sd_bus_message_new_method_return(call, &reply), "answer");
  const Message owned(reply);
  sd_bus_message_open_container(reply, 'a', "{sv}");
  const auto text = [&](const char* key, const std::string& value) {
    sd_bus_message_append(reply, "{sv}", key, "s", value.c_str());
  };
  text("Id", name);
  text("LoadState", u.load);
  text("ActiveState", u.active);
  text("SubState", u.sub);
  text("FreezerState", u.freezer);
  text("UnitFileState", u.file_state);
  text("Result", "success");
  text("Description", "not read by the adapter");
  sd_bus_message_append(reply, "{sv}", "Names", "as", 2, name.c_str(), "nova-alias.service");
  sd_bus_message_append(reply, "{sv}", "InvocationID", "ay", 3, 0xab, 0x01, 0xff);
  sd_bus_message_append(reply, "{sv}", "MainPID", "u", u.pid);
  sd_bus_message_append(reply, "{sv}", "NRestarts", "u", 2);
  sd_bus_message_append(reply, "{sv}", "StateChangeTimestamp", "t", std::uint64_t{1'700'000'000'123'456});
  append_command(reply, u.command);
  sd_bus_message_close_container(reply);
  return sd_bus_send(nullptr, reply, nullptr) < 0 ? -1 : 1;
}

void FakeSystemd::manager_signal(const char* member, const std::string& unit) {
  must(sd_bus_emit_signal(connection_, manager_path, manager_interface, member, "so", unit.c_str(),
                          unit_path(unit).c_str()),
       "send a signal");
}

void FakeSystemd::files_changed() {
  must(sd_bus_emit_signal(connection_, manager_path, manager_interface, "UnitFilesChanged", ""),
       "send a signal");
}

void FakeSystemd::reloading(bool begun) {
  must(sd_bus_emit_signal(connection_, manager_path, manager_interface, "Reloading", "b", begun),
       "send a signal");
}

void FakeSystemd::changed(const std::string& unit) {
  must(sd_bus_emit_signal(connection_, unit_path(unit).c_str(), properties_interface, "PropertiesChanged",
                          "sa{sv}as", unit_interface, 1, "ActiveState", "s", "lies", 0),
       "send a signal");
}

void FakeSystemd::job_removed(const std::string& word) {
  must(sd_bus_emit_signal(connection_, manager_path, manager_interface, "JobRemoved", "uoss", 7, job_path,
                          "nova-compute.service", word.c_str()),
       "send a signal");
}

namespace {
void send_to(sd_bus* from, const std::string& to, const char* member,
             const std::function<void(sd_bus_message*)>& fill) {
  sd_bus_message* signal = nullptr;
  must(sd_bus_message_new_signal(from, &signal, manager_path, manager_interface, member), "forge a signal");
  const Message owned(signal);
  fill(signal);
  must(sd_bus_send_to(from, signal, to.c_str(), nullptr), "send it");
}
}  // namespace

void FakeSystemd::forge_reloading(sd_bus* from, const std::string& to) {
  send_to(from, to, "Reloading", [](sd_bus_message* m) { sd_bus_message_append(m, "b", 1); });
}

void FakeSystemd::forge_job_removed(sd_bus* from, const std::string& to, const std::string& word) {
  send_to(from, to, "JobRemoved", [&](sd_bus_message* m) {
    sd_bus_message_append(m, "uoss", 7, job_path, "nova-compute.service", word.c_str());
  });
}

std::size_t FakeSystemd::count(const std::string& method) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(calls, [&](const std::string& call) { return call.starts_with(method); }));
}

}  // namespace nova::systemd::testing
