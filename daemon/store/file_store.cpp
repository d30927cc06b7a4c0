// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/file_store.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>

#include "daemon/store/saved_json.hpp"

namespace nova::store {
namespace {

constexpr const char* id_file = "host-id";
constexpr const char* holds_file = "holds.json";
constexpr const char* history_file = "history.json";

/// A file's text; nothing where there is no such file. It is on the disk under this name from then on: a
/// daemon that was killed while it replaced the file may have left what only the running system knows yet,
/// and what is served is as good as acknowledged.
Result<std::optional<std::string>> read(Disk& disk, const std::string& name) {
  std::string text;
  int error = disk.read(name, max_file, text);
  if (error == -ENOENT) return std::nullopt;
  if (error == 0) error = disk.sync_file(name);
  if (error == 0) error = disk.sync_directory();
  if (error < 0)
    return fail(error == -EFBIG ? Errc::invalid_argument : Errc::storage_failed,
                "cannot read " + disk.path() + "/" + name + ": " + std::generic_category().message(-error));
  return text;
}

std::unexpected<Error> not_understood(const Disk& disk, const std::string& name, const std::string& why) {
  return fail(Errc::invalid_argument, "cannot read " + disk.path() + "/" + name + ": " + why, name);
}

std::unexpected<Error> lost(const Disk& disk, const std::string& name, const std::string& why) {
  return not_understood(
      disk, name,
      why + "; put it back from a backup, or run \"novahostd --forget-holds\" to begin with no holds");
}

/// A name that nothing has yet: "NAME", "NAME.2", …
Result<std::string> free_name(Disk& disk, const std::string& name) {
  std::string text;
  std::string candidate = name;
  for (int number = 2;; ++number) {
    const int error = disk.read(candidate, 0, text);
    if (error == -ENOENT) return candidate;
    if (error < 0 && error != -EFBIG)
      return fail(Errc::storage_failed, "cannot look at " + disk.path() + "/" + candidate + ": " +
                                            std::generic_category().message(-error));
    candidate = name + "." + std::to_string(number);
  }
}

std::string trimmed(const std::string& text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

/// The newest pairs that fit, oldest release first.
HoldDelta bounded(const HoldDelta& old, const HoldDelta& more) {
  std::map<Uuid, std::pair<Hold, Release>> pairs;
  for (const HoldDelta* delta : {&old, &more}) {
    std::map<Uuid, const Hold*> holds;
    for (const Hold& hold : delta->adds) holds[hold.id] = &hold;
    for (const Release& release : delta->releases)
      if (const auto hold = holds.find(release.hold); hold != holds.end())
        pairs.try_emplace(release.hold, *hold->second, release);
  }
  std::vector<std::pair<Hold, Release>> list;
  for (auto& [id, pair] : pairs) list.push_back(std::move(pair));
  std::ranges::sort(list, {}, [](const auto& pair) { return std::tie(pair.second.at, pair.first.id); });
  if (list.size() > host::HoldStore::archive_size)
    list.erase(list.begin(), list.end() - host::HoldStore::archive_size);
  HoldDelta kept;
  for (auto& [hold, release] : list) {
    kept.adds.push_back(std::move(hold));
    kept.releases.push_back(std::move(release));
  }
  return kept;
}

}  // namespace

Result<std::unique_ptr<FileStore>> FileStore::open(std::unique_ptr<Disk> disk, WallTime now,
                                                   const std::function<Uuid()>& new_id) {
  std::unique_ptr<FileStore> store(new FileStore(std::move(disk)));
  if (auto done = store->set_up(now, new_id); !done) return std::unexpected(done.error());
  return store;
}

Result<void> FileStore::put_aside(const std::string& name) {
  const int error = disk_->rename(name, name + ".former");
  if (error == 0 || error == -ENOENT) return {};
  return fail(Errc::storage_failed, "cannot put " + disk_->path() + "/" + name +
                                        " aside: " + std::generic_category().message(-error));
}

/// The id comes last: where it is, the rest is. A crash before it begins the first start again.
Result<void> FileStore::become_new(WallTime now, const std::function<Uuid()>& new_id) {
  const auto there = read(*disk_, holds_file);
  if (!there) return std::unexpected(there.error());
  // What cannot be understood stays where it is, for load() to complain about.
  const auto state = *there ? saved_from_text(**there) : Result<host::Saved>(host::Saved{.born = now});
  const bool foreign = state && *state != host::Saved{.born = state->born};
  if (foreign) {
    for (const char* name : {history_file, holds_file})
      if (auto done = put_aside(name); !done) return done;
    notice_ =
        "the host-id was gone, so this is a new host; the holds of the former one are not its own: they " +
        std::string("are kept as ") + disk_->path() + "/" + holds_file + ".former";
  }
  if (!*there || foreign)
    if (auto done = replace_file(*disk_, holds_file, text_.of({.born = now})); !done) return done;
  const Uuid fresh = new_id();
  if (auto done = set_host_id(*disk_, fresh); !done) return done;
  host_id_ = fresh;
  return {};
}

Result<void> FileStore::set_up(WallTime now, const std::function<Uuid()>& new_id) {
  const auto id = read(*disk_, id_file);
  if (!id) return std::unexpected(id.error());
  if (!*id) {
    if (auto done = become_new(now, new_id); !done) return done;
  } else {
    const auto known = parse_uuid(trimmed(**id), "host-id");
    if (!known)
      return not_understood(
          *disk_, id_file,
          "it has to be one UUID; put it back from a backup, or remove it to become a new host");
    host_id_ = *known;
  }
  const auto history = read(*disk_, history_file);
  if (!history) return std::unexpected(history.error());
  if (!*history) return {};
  auto pairs = history_from_text(**history);
  if (!pairs)
    return not_understood(*disk_, history_file,
                          pairs.error().message + "; put it back from a backup, or remove it");
  archive_ = std::move(*pairs);
  history_text_ = **history;
  return {};
}

Result<std::string> FileStore::forget_holds(Disk& disk, WallTime now) {
  auto aside = free_name(disk, std::string(holds_file) + ".forgotten");
  if (!aside) return aside;
  const int error = disk.rename(holds_file, *aside);
  if (error < 0 && error != -ENOENT)
    return fail(Errc::storage_failed, "cannot put " + disk.path() + "/" + holds_file +
                                          " aside: " + std::generic_category().message(-error));
  if (auto done = replace_file(disk, holds_file, StateText().of({.born = now})); !done)
    return std::unexpected(done.error());
  return error == 0 ? *aside : "";
}

Result<void> FileStore::set_host_id(Disk& disk, const Uuid& id) {
  return replace_file(disk, id_file, to_string(id) + "\n");
}

Result<host::Saved> FileStore::load() {
  const auto text = read(*disk_, holds_file);
  if (!text) return std::unexpected(text.error());
  if (!*text) return lost(*disk_, holds_file, "it is gone, although this host has been set up");
  auto state = saved_from_text(**text);
  if (!state) return lost(*disk_, holds_file, state.error().message);
  holds_text_ = **text;
  return state;
}

Result<void> FileStore::replace(const std::string& name, const std::string& text, std::string& current) {
  auto done = replace_file(*disk_, name, text);
  if (done) {
    current = text;
    return done;
  }
  // It may have failed after the new file took the name: then the caller's "nothing changed" is made true
  // by putting the old text back. A disk that refuses this as well is beyond help; the error is told anyway.
  std::string there;
  if (!current.empty() && disk_->read(name, max_file, there) == 0 && there != current)
    static_cast<void>(replace_file(*disk_, name, current));
  return done;
}

Result<void> FileStore::save(const host::Saved& state) {
  const std::string text = text_.of(state);
  if (text.size() > max_file)  // or it could not be read again
    return fail(Errc::storage_failed, "cannot keep a state of " + std::to_string(text.size()) +
                                          " bytes: at most " + std::to_string(max_file) + " fit");
  return replace(holds_file, text, holds_text_);
}

Result<void> FileStore::archive(const HoldDelta& pairs) {
  auto next = bounded(archive_, pairs);
  if (next == archive_) return {};
  if (auto done = replace(history_file, to_text(next), history_text_); !done) return done;
  archive_ = std::move(next);
  return {};
}

}  // namespace nova::store
