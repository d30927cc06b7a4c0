// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/error.hpp"

namespace nova::pki {

/// An open file, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// To whom a file that root writes shall belong.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The owner of a directory, for files that root puts into it; nothing where it cannot be read.
std::optional<Owner> owner_of(const std::filesystem::path& directory);

/// Replaces a file as a whole and durably: written beside it, fsynced, renamed, its directory fsynced. At
/// return the new contents survive a power cut; after a failure the old ones are untouched.
/// @param mode set whatever the umask says
Result<void> write_file(const std::filesystem::path& path, std::string_view contents, mode_t mode,
                        const std::optional<Owner>& owner = std::nullopt);

/// Renames durably: the directory is fsynced.
Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Reads a whole file of at most `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 1024 * 1024);

/// Holds a directory for one writer at a time, as long as it lives. The kernel drops it with the process.
class DirectoryLock {
 public:
  /// Waits for whoever has it.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);

 private:
  explicit DirectoryLock(Descriptor directory) : directory_(std::move(directory)) {}
  Descriptor directory_;
};

/// Makes a directory that only its owner may enter, if it is not there.
Result<void> make_private_directory(const std::filesystem::path& path,
                                    const std::optional<Owner>& owner = std::nullopt);

}  // namespace nova::pki
