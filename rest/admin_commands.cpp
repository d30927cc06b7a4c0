// SPDX-License-Identifier: Apache-2.0
#include "rest/admin_commands.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "model/hold.hpp"
#include "pki/file.hpp"
#include "rest/as_owner.hpp"
#include "rest/enrolment_book.hpp"
#include "rest/http/access.hpp"
#include "rest/store/sqlite_file.hpp"
#include "rest/store/sqlite_restore.hpp"
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

std::unexpected<Error> file_trouble(const std::string& what, const std::string& file) {
  return fail(Errc::storage_failed,
              "cannot " + what + " " + file + ": " + std::generic_category().message(errno));
}

/// The file is root's business, the store its owner's: the copy goes from one to the other by descriptor.
Result<std::string> backup(const Config& config, const std::string& file, AsOwner& owner, WallTime now) {
  owner.step_back();
  const pki::Descriptor to(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (to.get() < 0) return file_trouble("make", file);
  if (auto acting = owner.step_in(); !acting) return std::unexpected(acting.error());
  const auto copy = config.state_directory / ("zone.db.backup-" + std::to_string(::getpid()));
  const auto done = [&]() -> Result<void> {
    const auto opened = store::open_sqlite(
        {.file = config.state_directory / "zone.db", .exclusive = false, .now = now, .boot_id = ""});
    if (!opened) return std::unexpected(opened.error());
    if (auto copied = (*opened)->backup(copy); !copied) return copied;
    const pki::Descriptor from(::open(copy.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (from.get() < 0) return file_trouble("read", copy);
    return store::copy_all(from.get(), to.get(), file);
  }();
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  owner.step_back();
  if (done) return std::string{};
  std::filesystem::remove(file, ignored);
  return std::unexpected(done.error());
}

Result<std::string> restore(const Config& config, const std::string& file, AsOwner& owner, WallTime now) {
  owner.step_back();
  const pki::Descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) return file_trouble("read", file);
  std::error_code ignored;
  if (std::filesystem::exists(file + "-wal", ignored))
    return fail(Errc::invalid_argument,
                "cannot restore " + file + ": " + file +
                    "-wal beside it says that it is in use, or was copied by hand; take "
                    "copies with --backup");
  if (auto acting = owner.step_in(); !acting) return std::unexpected(acting.error());
  const auto done = store::restore_sqlite(config.state_directory / "zone.db", from.get(), file, now);
  if (!done) return std::unexpected(done.error());
  std::string told = "The zone's store is restored; start novazoned.service.\n";
  if (!done->former.empty()) told += "The former one is " + done->former.string() + ".\n";
  if (!done->not_carried_over.empty())
    told += "It cannot be read (" + done->not_carried_over +
            "): what was revoked since the backup was taken is valid again; revoke it again.\n";
  return told;
}

}  // namespace

Result<std::string> run(const AdminCommand& command, const Config& config, WallTime now) {
  if (!std::filesystem::exists(config.state_directory))
    return fail(Errc::storage_failed, "cannot find " + config.state_directory.string() +
                                          ": start novazoned.service once, and run this as root");
  AsOwner owner(config.state_directory);
  if (auto acting = owner.step_in(); !acting) return std::unexpected(acting.error());
  if (command.replace_ca) return replace_ca(config, now);
  if (command.backup) return backup(config, *command.backup, owner, now);
  if (command.restore) return restore(config, *command.restore, owner, now);
  const auto opened = store::open_sqlite(
      {.file = config.state_directory / "zone.db", .exclusive = false, .now = now, .boot_id = ""});
  if (!opened) return std::unexpected(opened.error());
  store::Store& store = **opened;
  if (command.create_token) return create_token(store, command, now);
  if (command.list_tokens) return list_tokens(store);
  if (command.join_token) return join_token(store, config, *command.join_token, now);
  if (auto done = store.revoke_token(*command.revoke_token, now); !done) return std::unexpected(done.error());
  return std::string{};
}

}  // namespace nova::zone
