// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "model/error.hpp"

namespace nova::store {

/// Port: one directory, by the system calls that durability is made of, so that tests can stop the process,
/// fill the disk or cut the power between any two of them. All return 0 (or what the call returns), or the
/// negative errno.
class Disk {
 public:
  virtual ~Disk() = default;

  /// Makes an empty file (0600), in place of one of that name. @return its descriptor
  virtual int create(const std::string& name) = 0;
  virtual ssize_t write(int file, const char* data, std::size_t size) = 0;
  virtual int sync(int file) = 0;  ///< fsync(2)
  virtual int close(int file) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int sync_directory() = 0;
  /// fsync(2) of a file by its name.
  virtual int sync_file(const std::string& name) = 0;
  virtual int remove(const std::string& name) = 0;
  /// Reads a whole file of at most `most` bytes; -EFBIG where it is larger.
  virtual int read(const std::string& name, std::size_t most, std::string& text) = 0;
  /// The directory's path, for messages.
  virtual const std::string& path() const = 0;
};

/// The real one. Locks the directory against a second daemon for as long as it lives.
/// @return Errc::storage_failed where the directory cannot be made or opened, Errc::conflict where it is in
/// use
Result<std::unique_ptr<Disk>> open_disk(const std::filesystem::path& directory);

/// Replaces a file so that after a crash at any moment it is the old one or the new one, and the new one once
/// this has returned a success. On an error the file is the old one.
Result<void> replace_file(Disk& disk, const std::string& name, const std::string& text);

}  // namespace nova::store
