// SPDX-License-Identifier: Apache-2.0
#include "rest/admin_commands.hpp"

#include "model/hold.hpp"
#include "rest/enrolment_book.hpp"
#include "rest/http/access.hpp"
#include "rest/store/sqlite_store.hpp"

namespace nova::zone {
namespace {

Result<std::string> create_token(store::Store& store, const AdminCommand& command, WallTime now) {
  const auto name = check_owner(*command.create_token);
  if (!name)
    return fail(Errc::invalid_argument,
                "cannot create a token: its name must be 1 to 128 bytes without control characters",
                "--create-token");
  const auto role = parse_role(command.role);
  if (!role)
    return fail(Errc::invalid_argument, "cannot take --role " + command.role + ": reader, operator or admin",
                "--role");
  const std::string token = http::new_token();
  const auto added = store.add_token(
      {.name = *name, .role = *role, .hash = http::token_hash(token), .created = now, .revoked = {}});
  if (!added) return std::unexpected(added.error());
  return token + "\n";
}

Result<std::string> list_tokens(store::Store& store) {
  const auto tokens = store.tokens();
  if (!tokens) return std::unexpected(tokens.error());
  std::string text;
  for (const auto& token : *tokens) {
    text.append(token.name).append("\t").append(to_string(token.role)).append("\tcreated ");
    text.append(to_rfc3339(token.created));
    if (token.revoked) text.append("\trevoked ").append(to_rfc3339(*token.revoked));
    text += '\n';
  }
  return text;
}

Result<std::string> join_token(store::Store& store, const Config& config, const std::string& host,
                               WallTime now) {
  auto opened = ca::Authority::open(config.state_directory / "ca", config.name, now);
  if (!opened) return std::unexpected(opened.error());
  const ca::CurrentAuthority authority(*std::move(opened));
  const auto clock = [now] { return now; };
  EnrolmentBook book(store, clock);
  ca::Registrar registrar(authority, book, config.certificate_life, clock);
  const auto token = registrar.create_token(host, "root");
  if (!token) return std::unexpected(token.error());
  return *token + "\n";
}

Result<std::string> replace_ca(const Config& config, WallTime now) {
  const auto replaced = ca::Authority::replace(config.state_directory / "ca", config.name, now);
  if (!replaced) return std::unexpected(replaced.error());
  return std::string(
      "The zone has a new CA, which counts at once after systemctl reload novazoned. The former one stays "
      "believed\n"
      "as long as a certificate of it may be valid. Give clients the new ca.crt: the front shows a "
      "certificate "
      "of\n"
      "the new CA in some weeks.\n");
}

}  // namespace

Result<std::string> run(const AdminCommand& command, const Config& config, WallTime now) {
  if (!std::filesystem::exists(config.state_directory))
    return fail(Errc::storage_failed, "cannot find " + config.state_directory.string() +
                                          ": start novazoned.service once, and run this as root");
  if (command.replace_ca) return replace_ca(config, now);
  const auto opened = store::open_sqlite(
      {.file = config.state_directory / "zone.db", .exclusive = false, .now = now, .boot_id = ""});
  if (!opened) return std::unexpected(opened.error());
  store::Store& store = **opened;
  if (command.create_token) return create_token(store, command, now);
  if (command.list_tokens) return list_tokens(store);
  if (command.join_token) return join_token(store, config, *command.join_token, now);
  const auto done =
      command.revoke_token ? store.revoke_token(*command.revoke_token, now) : store.backup(*command.backup);
  if (!done) return std::unexpected(done.error());
  return std::string{};
}

}  // namespace nova::zone
