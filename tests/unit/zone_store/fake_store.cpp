// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_store/fake_store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nova::store {
namespace {

auto by_name(const zone::StoredService& service) {
  return std::tie(service.facts.binary, service.facts.instance);
}

bool may_become(Outcome from, Outcome to) {
  return !is_final(from) || (from == Outcome::indeterminate && is_final(to));
}

}  // namespace

FakeStore::FakeStore(WallTime now, Uuid zone) : zone_(zone), born_(now) {}

void FakeStore::set_full(bool full) {
  const std::lock_guard lock(mutex_);
  full_ = full;
}

void FakeStore::reboot() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, command] : commands_) command.this_boot = false;
}

int FakeStore::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

Result<void> FakeStore::writable() const {
  if (full_) return fail(Errc::storage_failed, "cannot write to the store: the disk is full");
  return {};
}

Result<zone::Memory> FakeStore::load(WallTime now) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return std::unexpected(ok.error());
  std::erase_if(forgotten_, [&](const auto& gap) { return gap.second < now - HoldSet::retention; });
  forgotten_.push_back(std::minmax({last_write_.value_or(WallTime{}), now}));
  last_write_ = now;
  zone::Memory memory{.zone = zone_, .born = born_, .forgotten = forgotten_};
  for (const auto& [id, host] : hosts_) memory.hosts.push_back(host);
  std::ranges::sort(memory.hosts, {}, &zone::HostRecord::name);
  for (const auto& [id, set] : holds_)
    if (!set.everything().empty()) memory.holds[id] = set.everything();
  for (const auto& record : actions_)
    if (!is_final(record.action.outcome)) memory.unfinished.push_back(record);
  for (const auto& [id, command] : commands_) memory.commands.push_back(command);
  return memory;
}

void FakeStore::keep(const zone::ActionRecord& record) {
  const auto known = std::ranges::find(actions_, record.action.id, [](const auto& r) { return r.action.id; });
  if (known == actions_.end())
    actions_.push_back(record);
  else if (may_become(known->action.outcome, record.action.outcome))
    *known = record;
}

void FakeStore::remove(const Uuid& host, WallTime now) {
  end_enrolment(host, now);
  hosts_.erase(host);
  std::erase_if(commands_, [&](const auto& command) { return command.second.host == host; });
}

Result<void> FakeStore::write(const zone::Durable& step, WallTime now) {
  if (before_write_) before_write_();
  const std::lock_guard lock(mutex_);
  ++writes_;
  if (auto ok = writable(); !ok) return ok;
  for (const auto& host : step.hosts) {
    hosts_[host.id] = host;
    std::ranges::sort(hosts_[host.id].services, {}, by_name);
  }
  for (const auto& pairs : step.pruned) holds_.try_emplace(pairs.host, born_).first->second.drop(pairs.delta);
  for (const auto& records : step.holds)
    holds_.try_emplace(records.host, born_).first->second.apply(records.delta);
  for (const auto& action : step.actions) keep(action);
  for (const auto& command : step.commands) commands_.try_emplace(command.command.id, command);
  for (const Uuid& id : step.ended_commands) commands_.erase(id);
  for (const Uuid& host : step.removed_hosts) remove(host, now);
  last_write_ = now;
  return {};
}

Result<void> FakeStore::save(const std::vector<zone::HostRecord>& hosts,
                             const std::vector<zone::ActionRecord>& actions) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  for (const auto& host : hosts)
    if (hosts_.contains(host.id)) hosts_[host.id] = host;
  for (const auto& action : actions) keep(action);
  return {};
}

Result<void> FakeStore::save_last_seen(const std::vector<std::pair<Uuid, WallTime>>& hosts) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  for (const auto& [host, last_seen] : hosts)
    if (const auto known = hosts_.find(host); known != hosts_.end()) known->second.last_seen = last_seen;
  return {};
}

Result<std::optional<zone::ActionRecord>> FakeStore::action(const Uuid& id) {
  std::optional<zone::ActionRecord> found;
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find(actions_, id, [](const auto& r) { return r.action.id; });
    if (known != actions_.end()) found = *known;
  }
  if (auto call = std::exchange(after_read_, {})) call();
  return found;
}

Result<std::vector<Action>> FakeStore::actions(const Uuid& service, std::size_t limit,
                                               std::optional<Uuid> marker) {
  auto found = read_actions(service, limit, marker);
  if (auto call = std::exchange(after_read_, {})) call();
  return found;
}

Result<std::vector<Action>> FakeStore::read_actions(const Uuid& service, std::size_t limit,
                                                    std::optional<Uuid> marker) const {
  const std::lock_guard lock(mutex_);
  std::vector<Action> found;
  bool seen = !marker;
  for (auto record = actions_.rbegin(); record != actions_.rend(); ++record) {
    if (record->action.service != service) continue;
    if (seen && found.size() < limit) found.push_back(record->action);
    seen = seen || record->action.id == *marker;
  }
  if (!seen) return fail(Errc::no_such_action, "cannot find the action to go on after", "marker");
  return found;
}

Result<void> FakeStore::forget(WallTime before, std::size_t actions) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  std::erase_if(actions_,
                [&](const auto& r) { return r.action.requested < before && is_final(r.action.outcome); });
  std::map<Uuid, std::size_t> seen;
  std::vector<zone::ActionRecord> kept;
  for (auto record = actions_.rbegin(); record != actions_.rend(); ++record)
    if (++seen[record->action.service] <= actions || !is_final(record->action.outcome))
      kept.insert(kept.begin(), *record);
  actions_ = std::move(kept);
  for (auto& [host, set] : holds_)
    if (!hosts_.contains(host)) set.drop(set.prunable(before));
  std::erase_if(join_tokens_, [&](const auto& token) { return token.second.expires < before; });
  std::erase_if(certificates_, [&](const auto& c) { return c.second.not_after < before; });
  return {};
}

Result<void> FakeStore::add_token(const Token& token) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  for (const Token& known : tokens_)
    if (known.hash == token.hash || (known.name == token.name && !known.revoked))
      return fail(Errc::conflict, "cannot make a token named " + token.name + ": there is one", "name");
  tokens_.push_back(token);
  std::ranges::stable_sort(tokens_, {}, &Token::name);
  return {};
}

Result<void> FakeStore::revoke_token(const std::string& name, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  for (Token& token : tokens_)
    if (token.name == name && !token.revoked) {
      token.revoked = now;
      return {};
    }
  return fail(Errc::invalid_argument, "cannot revoke token " + name + ": no valid token has that name",
              "name");
}

Result<std::vector<Token>> FakeStore::tokens() {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

Result<void> FakeStore::add_join_token(const JoinToken& token) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  join_tokens_[token.hash] = token;
  return {};
}

Result<std::optional<JoinToken>> FakeStore::find_join_token(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto found = join_tokens_.find(hash);
  if (found == join_tokens_.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<Enrolment>> FakeStore::find_enrolment(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (const auto& [host, enrolment] : enrolments_)
    if (enrolment.name == name) return enrolment;
  return std::nullopt;
}

Result<std::optional<Enrolment>> FakeStore::find_enrolment(const Uuid& host) {
  const std::lock_guard lock(mutex_);
  const auto found = enrolments_.find(host);
  if (found == enrolments_.end()) return std::nullopt;
  return found->second;
}

Result<void> FakeStore::enrol(const std::string& token_hash, const std::string& key,
                              const Enrolment& enrolment, const HostCertificate& certificate,
                              bool supersede) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  const auto token = join_tokens_.find(token_hash);
  if (token == join_tokens_.end() || (token->second.used && token->second.used_by_key != key))
    return fail(Errc::conflict, "cannot enrol " + enrolment.name + ": the join token is unknown or used");
  for (const auto& [host, known] : enrolments_)
    if ((known.name == enrolment.name) != (host == enrolment.host))
      return fail(Errc::conflict, "cannot enrol " + enrolment.name + ": it is another host's");
  token->second.used = token->second.used.value_or(certificate.issued);
  token->second.used_by_key = key;
  enrolments_.try_emplace(enrolment.host, enrolment);
  for (auto& [serial, known] : certificates_)
    if (supersede && known.host == certificate.host && serial != certificate.serial && !known.revoked)
      known.revoked = certificate.issued;
  certificates_.try_emplace(certificate.serial, certificate);
  return {};
}

Result<void> FakeStore::add_certificate(const HostCertificate& certificate, const std::string& shown) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  if (!enrolments_.contains(certificate.host))
    return fail(Errc::no_such_host, "cannot renew: the host is not enrolled here");
  if (const auto old = certificates_.find(shown); old != certificates_.end() && old->second.revoked)
    return fail(Errc::access_denied, "cannot renew: the certificate is revoked");
  certificates_.try_emplace(certificate.serial, certificate);
  return {};
}

Result<std::optional<HostCertificate>> FakeStore::find_certificate(const std::string& serial) {
  const std::lock_guard lock(mutex_);
  const auto found = certificates_.find(serial);
  if (found == certificates_.end()) return std::nullopt;
  return found->second;
}

Result<std::size_t> FakeStore::count_certificates(const Uuid& host, WallTime since) {
  const std::lock_guard lock(mutex_);
  return std::size_t(std::ranges::count_if(certificates_, [&](const auto& known) {
    return known.second.host == host && known.second.issued >= since && !known.second.revoked;
  }));
}

Result<WallTime> FakeStore::last_certificate_end(WallTime issued_until) {
  const std::lock_guard lock(mutex_);
  WallTime last{};
  for (const auto& [serial, known] : certificates_)
    if (known.issued <= issued_until && !known.revoked) last = std::max(last, known.not_after);
  return last;
}

void FakeStore::end_enrolment(const Uuid& host, WallTime now) {
  std::erase_if(join_tokens_, [&](const auto& token) {
    const auto enrolled = enrolments_.find(host);
    const auto known = hosts_.find(host);
    return (enrolled != enrolments_.end() && enrolled->second.name == token.second.host) ||
           (known != hosts_.end() && known->second.name == token.second.host);
  });
  enrolments_.erase(host);
  for (auto& [serial, certificate] : certificates_)
    if (certificate.host == host && !certificate.revoked) certificate.revoked = now;
}

Result<void> FakeStore::remove_enrolment(const Uuid& host, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (auto ok = writable(); !ok) return ok;
  if (!enrolments_.contains(host)) return fail(Errc::no_such_host, "cannot remove: it is not enrolled here");
  end_enrolment(host, now);
  return {};
}

Result<void> FakeStore::backup(const std::filesystem::path&) {
  return fail(Errc::not_supported, "cannot back up a store in memory");
}

}  // namespace nova::store
