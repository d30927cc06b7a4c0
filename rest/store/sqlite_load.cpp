// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_rows.hpp"

namespace nova::store {
namespace {

std::vector<zone::HostRecord> read_hosts(Connection& connection) {
  std::vector<zone::HostRecord> hosts;
  std::unordered_map<Uuid, std::size_t> places;
  Query host_rows(connection.prepare("SELECT " NOVA_HOST_COLUMNS " FROM hosts ORDER BY name, id"));
  while (host_rows.next()) {
    hosts.push_back(read_host(host_rows));
    places[hosts.back().id] = hosts.size() - 1;
  }
  Query rows(connection.prepare("SELECT " NOVA_SERVICE_COLUMNS " FROM services ORDER BY binary, instance"));
  while (rows.next()) {
    auto [host, service] = read_service(rows);
    if (const auto place = places.find(host); place != places.end())
      hosts[place->second].services.push_back(std::move(service));
  }
  return hosts;
}

std::map<Uuid, HoldDelta> read_holds(Connection& connection) {
  std::map<Uuid, HoldDelta> all;
  Query holds(connection.prepare("SELECT " NOVA_HOLD_COLUMNS " FROM holds WHERE pruned IS NULL ORDER BY id"));
  while (holds.next()) {
    auto [host, hold] = read_hold(holds);
    all[host].adds.push_back(std::move(hold));
  }
  Query releases(
      connection.prepare("SELECT " NOVA_RELEASE_COLUMNS " FROM releases WHERE pruned IS NULL ORDER BY hold"));
  while (releases.next()) {
    auto [host, release] = read_release(releases);
    all[host].releases.push_back(std::move(release));
  }
  return all;
}

}  // namespace

/// The time since the last write (or until it, where the clock was put back), and such times of earlier
/// starts while a record of then may still come back from a host that was away.
std::vector<std::pair<WallTime, WallTime>> SqliteStore::note_start(WallTime now) {
  std::optional<WallTime> last;
  Query meta(writing_->prepare("SELECT value FROM meta WHERE key = 'last_write'"));
  if (meta.next()) last = meta.time();
  Query(writing_->prepare("INSERT INTO forgotten (since, until) VALUES (?, ?) ON CONFLICT (until) DO UPDATE "
                          "SET since = min(since, excluded.since)"))
      .with(std::min(last.value_or(WallTime{}), now), std::max(last.value_or(WallTime{}), now))
      .run();
  Query(writing_->prepare("DELETE FROM forgotten WHERE until < ?")).with(now - HoldSet::retention).run();
  std::vector<std::pair<WallTime, WallTime>> forgotten;
  Query times(writing_->prepare("SELECT since, until FROM forgotten ORDER BY until"));
  while (times.next()) {
    const WallTime since = times.time();
    forgotten.emplace_back(since, times.time());
  }
  return forgotten;
}

Result<zone::Memory> SqliteStore::load(WallTime now) {
  return in_transaction(*writing_, "read the store " + file_.string(), [&]() -> Result<zone::Memory> {
    zone::Memory memory{
        .forgotten = note_start(now), .hosts = read_hosts(*writing_), .holds = read_holds(*writing_)};
    set_last_write(now);
    Query zone(writing_->prepare("SELECT value FROM meta WHERE key = 'zone'"));
    if (zone.next()) memory.zone = zone.uuid();
    Query born(writing_->prepare("SELECT value FROM meta WHERE key = 'born'"));
    if (born.next()) memory.born = born.time();
    Query actions(
        writing_->prepare("SELECT " NOVA_ACTION_COLUMNS
                          " FROM actions WHERE outcome IN ('accepted', 'running') ORDER BY number"));
    while (actions.next()) memory.unfinished.push_back(read_action(actions));
    Query commands(writing_->prepare("SELECT " NOVA_COMMAND_COLUMNS " FROM commands ORDER BY id"));
    while (commands.next()) memory.commands.push_back(read_command(commands, boot_id_));
    return memory;
  });
}

}  // namespace nova::store
