// SPDX-License-Identifier: Apache-2.0
#include "pki/pair.hpp"

namespace nova::pki {
namespace {

std::filesystem::path next(const std::filesystem::path& path) {
  return path.string() + ".next";
}

bool there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Pair::Pair(std::filesystem::path key, std::filesystem::path certificate, std::optional<Owner> owner)
    : key_(std::move(key)), certificate_(std::move(certificate)), owner_(owner) {}

Result<void> Pair::recover() const {
  if (!there(next(certificate_))) return {};
  // Without a waiting key the interruption came between the two renames.
  if (there(next(key_)))
    if (auto renamed = rename_file(next(key_), key_); !renamed) return renamed;
  return rename_file(next(certificate_), certificate_);
}

Result<Key> Pair::waiting_key() const {
  if (there(next(key_))) {
    const auto pem = read_file(next(key_));
    if (!pem) return std::unexpected(pem.error());
    if (auto key = Key::from_pem(*pem)) return key;  // a damaged one is worth nothing: make another
  }
  auto key = Key::generate();
  if (!key) return key;
  if (auto written = write_file(next(key_), key->to_pem(), 0600, owner_); !written)
    return std::unexpected(written.error());
  return key;
}

Result<void> Pair::commit(const std::string& certificate_pem, mode_t certificate_mode) const {
  if (auto written = write_file(next(certificate_), certificate_pem, certificate_mode, owner_); !written)
    return written;
  return recover();
}

Result<Key> Pair::key() const {
  const auto pem = read_file(key_);
  if (!pem) return std::unexpected(pem.error());
  return Key::from_pem(*pem, key_.string());
}

Result<Certificate> Pair::certificate() const {
  const auto pem = read_file(certificate_);
  if (!pem) return std::unexpected(pem.error());
  return Certificate::from_pem(*pem, certificate_.string());
}

bool Pair::has_key() const {
  return there(key_);
}
bool Pair::has_certificate() const {
  return there(certificate_);
}

}  // namespace nova::pki
