// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_rows.hpp"

namespace nova::store {

Result<std::optional<zone::ActionRecord>> SqliteStore::action(const Uuid& id) {
  using Found = Result<std::optional<zone::ActionRecord>>;
  return guarded(*reading_, "read an action", [&]() -> Found {
    Query row(reading_->prepare("SELECT " NOVA_ACTION_COLUMNS " FROM actions WHERE id = ?"));
    if (!row.with(id).next()) return std::nullopt;
    return read_action(row);
  });
}

Result<std::vector<Action>> SqliteStore::actions(const Uuid& service, std::size_t limit,
                                                 std::optional<Uuid> marker) {
  return guarded(*reading_, "read the history", [&]() -> Result<std::vector<Action>> {
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    if (marker) {
      Query place(reading_->prepare("SELECT number FROM actions WHERE id = ? AND service = ?"));
      if (!place.with(*marker, service).next())
        return fail(Errc::no_such_action,
                    "cannot find the action that the list shall go on after: req-" + to_string(*marker),
                    "marker");
      before = place.integer();
    }
    std::vector<Action> found;
    Query rows(
        reading_->prepare("SELECT " NOVA_ACTION_COLUMNS
                          " FROM actions WHERE service = ? AND number < ? ORDER BY number DESC LIMIT ?"));
    rows.with(service, before, std::int64_t(limit));
    while (rows.next()) found.push_back(read_action(rows).action);
    return found;
  });
}

}  // namespace nova::store
