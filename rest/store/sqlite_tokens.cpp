// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_impl.hpp"
#include "rest/store/sqlite_rows.hpp"

namespace nova::store {

Result<void> SqliteStore::add_token(const Token& token) {
  return in_transaction(*writing_, "keep the token", [&]() -> Result<void> {
    Query taken(writing_->prepare("SELECT 1 FROM tokens WHERE hash = ? OR (name = ? AND revoked IS NULL)"));
    if (taken.with(token.hash, token.name).next())
      return fail(
          Errc::conflict,
          "cannot make a token named " + token.name + ": there is one; revoke it, or choose another name",
          "name");
    Query(writing_->prepare("INSERT INTO tokens (name, role, hash, created, revoked) VALUES (?,?,?,?,?)"))
        .with(token.name, to_string(token.role), token.hash, token.created, token.revoked)
        .run();
    return {};
  });
}

Result<void> SqliteStore::revoke_token(const std::string& name, WallTime now) {
  return in_transaction(*writing_, "revoke the token", [&]() -> Result<void> {
    Query revoke(writing_->prepare("UPDATE tokens SET revoked = ? WHERE name = ? AND revoked IS NULL"));
    if (revoke.with(now, name).run() == 0)
      return fail(Errc::invalid_argument, "cannot revoke token " + name + ": no valid token has that name",
                  "name");
    return {};
  });
}

Result<std::vector<Token>> SqliteStore::tokens() {
  return guarded(*reading_, "read the tokens", [&]() -> Result<std::vector<Token>> {
    std::vector<Token> found;
    Query rows(
        reading_->prepare("SELECT name, role, hash, created, revoked FROM tokens ORDER BY name, number"));
    while (rows.next()) found.push_back(read_token(rows));
    return found;
  });
}

}  // namespace nova::store
