// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_rows.hpp"

namespace nova::store {

void SqliteStore::write_host(const zone::HostRecord& host) {
  Query upsert(writing_->prepare("INSERT OR REPLACE INTO hosts (" NOVA_HOST_COLUMNS
                                 ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"));
  put_row(upsert, host).run();
  Query(writing_->prepare("DELETE FROM services WHERE host = ?")).with(host.id).run();
  for (const zone::StoredService& service : host.services) {
    Query insert(writing_->prepare("INSERT OR REPLACE INTO services (" NOVA_SERVICE_COLUMNS
                                   ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    put_row(insert, host.id, service).run();
  }
}

void SqliteStore::write_holds(const zone::HostDelta& records) {
  for (const Hold& hold : records.delta.adds) {
    Query insert(writing_->prepare("INSERT INTO holds (" NOVA_HOLD_COLUMNS
                                   ") VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (host, id) DO UPDATE "
                                   "SET pruned = NULL WHERE pruned IS NOT NULL"));
    put_row(insert, records.host, hold).run();
  }
  for (const Release& release : records.delta.releases) {
    // Of two releases the earlier wins, as in HoldSet; the words of the doors sort as the doors do.
    Query insert(writing_->prepare(
        "INSERT INTO releases (" NOVA_RELEASE_COLUMNS
        ") VALUES (?,?,?,?,?,?) ON CONFLICT (host, hold) DO UPDATE "
        "SET actor = excluded.actor, at = excluded.at, door = excluded.door, message = excluded.message, "
        "pruned = NULL WHERE pruned IS NOT NULL OR (excluded.at, excluded.actor, excluded.message, "
        "excluded.door) < (at, actor, message, door)"));
    put_row(insert, records.host, release).run();
  }
}

void SqliteStore::prune(const zone::HostDelta& pairs, WallTime now) {
  for (const Hold& hold : pairs.delta.adds)
    if (std::ranges::find(pairs.delta.releases, hold.id, &Release::hold) == pairs.delta.releases.end())
      Query(writing_->prepare("DELETE FROM holds WHERE host = ? AND id = ?")).with(pairs.host, hold.id).run();
  for (const Release& release : pairs.delta.releases) {
    Query(writing_->prepare("UPDATE holds SET pruned = ? WHERE host = ? AND id = ?"))
        .with(now, pairs.host, release.hold)
        .run();
    Query(writing_->prepare("UPDATE releases SET pruned = ? WHERE host = ? AND hold = ?"))
        .with(now, pairs.host, release.hold)
        .run();
  }
}

void SqliteStore::write_action(const zone::ActionRecord& record) {
  Query upsert(writing_->prepare(
      "INSERT INTO actions (" NOVA_ACTION_COLUMNS
      ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
      "ON CONFLICT (id) DO UPDATE SET finished = excluded.finished, outcome = excluded.outcome, "
      "message = excluded.message, hold = excluded.hold, changed = excluded.changed, "
      "used_override = excluded.used_override "
      "WHERE outcome IN ('accepted', 'running') OR (outcome = 'indeterminate' AND "
      "excluded.outcome NOT IN ('accepted', 'running'))"));
  put_row(upsert, record).run();
}

/// Its holds stay for the day on which it is enrolled again; its certificates count no more.
void SqliteStore::remove_host(const Uuid& host, WallTime now) {
  end_enrolment(host, now);
  for (const char* sql : {"DELETE FROM hosts WHERE id = ?", "DELETE FROM services WHERE host = ?",
                          "DELETE FROM commands WHERE host = ?"})
    Query(writing_->prepare(sql)).with(host).run();
}

void SqliteStore::set_last_write(WallTime now) {
  Query(writing_->prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('last_write', ?)"))
      .with(now)
      .run();
}

Result<void> SqliteStore::write(const zone::Durable& step, WallTime now) {
  return in_transaction(*writing_, "write to the store " + file_.string(), [&]() -> Result<void> {
    for (const auto& host : step.hosts) write_host(host);
    for (const auto& records : step.holds) write_holds(records);
    for (const auto& pairs : step.pruned) prune(pairs, now);
    for (const auto& action : step.actions) write_action(action);
    for (const auto& command : step.commands) {
      Query insert(writing_->prepare("INSERT OR IGNORE INTO commands (" NOVA_COMMAND_COLUMNS
                                     ") VALUES (?,?,?,?,?,?,?,?,?,?,?)"));
      put_row(insert, command, boot_id_).run();
    }
    for (const Uuid& id : step.ended_commands)
      Query(writing_->prepare("DELETE FROM commands WHERE id = ?")).with(id).run();
    for (const Uuid& host : step.removed_hosts) remove_host(host, now);
    set_last_write(now);
    return {};
  });
}

Result<void> SqliteStore::save(const std::vector<zone::HostRecord>& hosts,
                               const std::vector<zone::ActionRecord>& actions) {
  return in_transaction(*writing_, "save facts to the store " + file_.string(), [&]() -> Result<void> {
    for (const auto& host : hosts) {
      Query known(writing_->prepare("SELECT 1 FROM hosts WHERE id = ?"));
      if (known.with(host.id).next()) write_host(host);
    }
    for (const auto& action : actions) write_action(action);
    return {};
  });
}

Result<void> SqliteStore::save_last_seen(const std::vector<std::pair<Uuid, WallTime>>& hosts) {
  return in_transaction(*writing_, "save to the store " + file_.string(), [&]() -> Result<void> {
    for (const auto& [host, last_seen] : hosts)
      Query(writing_->prepare("UPDATE hosts SET last_seen = ? WHERE id = ?")).with(last_seen, host).run();
    return {};
  });
}

Result<void> SqliteStore::forget(WallTime before, std::size_t actions) {
  return in_transaction(*writing_, "shorten the history", [&]() -> Result<void> {
    for (const char* sql :
         {"DELETE FROM actions WHERE requested < ? AND outcome NOT IN ('accepted', 'running')",
          "DELETE FROM holds WHERE pruned < ?", "DELETE FROM releases WHERE pruned < ?",
          // What ended on hosts that were removed and did not come back: nobody prunes it.
          "DELETE FROM holds WHERE host NOT IN (SELECT id FROM hosts) AND (host, id) IN "
          "(SELECT host, hold FROM releases WHERE at < ?)",
          "DELETE FROM releases WHERE host NOT IN (SELECT id FROM hosts) AND at < ?",
          "DELETE FROM join_tokens WHERE expires < ?", "DELETE FROM certificates WHERE not_after < ?"})
      Query(writing_->prepare(sql)).with(before).run();
    std::vector<Uuid> long_ones;
    Query rows(writing_->prepare("SELECT service FROM actions GROUP BY service HAVING count(*) > ?"));
    for (rows.with(std::int64_t(actions)); rows.next();) long_ones.push_back(rows.uuid());
    for (const Uuid& service : long_ones)
      Query(writing_->prepare("DELETE FROM actions WHERE service = ?1 AND outcome NOT IN ('accepted', "
                              "'running') AND number <= (SELECT number FROM actions WHERE service = ?1 "
                              "ORDER BY number DESC LIMIT 1 OFFSET ?2)"))
          .with(service, std::int64_t(actions))
          .run();
    return {};
  });
}

}  // namespace nova::store
