// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "model/error.hpp"

namespace nova::store {

/// Makes an empty file (0600) where there is none; run by root it belongs to the owner of its directory, so
/// that an administrator's command may come before the daemon's first start.
/// @param must_be_new refuse an existing one
Result<void> make_file(const std::filesystem::path& file, bool must_be_new);

/// Copies all that can be read from a descriptor into a new file (0600), durably.
Result<void> copy_to_new(int from, const std::filesystem::path& file);
/// The same into an open file.
Result<void> copy_all(int from, int to, const std::filesystem::path& shown);
Result<void> rename_if_there(const std::filesystem::path& from, const std::filesystem::path& to);
/// Gives a file, if it is there, a second name.
Result<void> link_if_there(const std::filesystem::path& file, const std::filesystem::path& name);
/// Renames a file over another; at return that survives a power cut.
Result<void> replace_durably(const std::filesystem::path& fresh, const std::filesystem::path& file);

/// Holds the lock of a store as long as it lives. The kernel drops it with the process, however that ends.
class FileLock {
 public:
  /// Errc::conflict where another process has it; the message names its pid.
  static Result<FileLock> take(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace nova::store
