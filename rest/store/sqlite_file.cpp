// SPDX-License-Identifier: Apache-2.0
#include "rest/store/sqlite_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace nova::store {
namespace {

std::unexpected<Error> cannot(const std::string& what, const std::filesystem::path& file, int error) {
  return fail(Errc::storage_failed, "cannot " + what + " " + file.string() + ": " + std::strerror(error));
}

void give_to_owner_of(const std::filesystem::path& directory, int descriptor) {
  struct stat owner {};
  if (::geteuid() == 0 && ::stat(directory.c_str(), &owner) == 0)
    static_cast<void>(::fchown(descriptor, owner.st_uid, owner.st_gid));
}

Result<int> open_file(const std::filesystem::path& file, int flags) {
  const int descriptor = ::open(file.c_str(), flags | O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return cannot("make", file, errno);
  struct stat found {};
  if (::fstat(descriptor, &found) == 0 && found.st_size == 0)
    give_to_owner_of(file.parent_path().empty() ? "." : file.parent_path(), descriptor);
  return descriptor;
}

}  // namespace

Result<void> make_file(const std::filesystem::path& file, bool must_be_new) {
  const auto descriptor = open_file(file, must_be_new ? O_EXCL : 0);
  if (!descriptor) return std::unexpected(descriptor.error());
  ::close(*descriptor);
  return {};
}

Result<void> copy_all(int from, int to, const std::filesystem::path& shown) {
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read what goes to", shown, errno);
    if (got == 0) break;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to, buffer.data() + done, std::size_t(got - done));
      if (put < 0 && errno != EINTR) return cannot("write", shown, errno);
      if (put > 0) done += put;
    }
  }
  if (::fsync(to) != 0) return cannot("sync", shown, errno);
  return {};
}

Result<void> copy_to_new(int from, const std::filesystem::path& file) {
  const auto to = open_file(file, O_EXCL);
  if (!to) return std::unexpected(to.error());
  auto copied = copy_all(from, *to, file);
  ::close(*to);
  return copied;
}

Result<void> rename_if_there(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) return cannot("rename", from, errno);
  return {};
}

Result<void> link_if_there(const std::filesystem::path& file, const std::filesystem::path& name) {
  if (::link(file.c_str(), name.c_str()) != 0 && errno != ENOENT) return cannot("keep", file, errno);
  return {};
}

Result<void> replace_durably(const std::filesystem::path& fresh, const std::filesystem::path& file) {
  if (::rename(fresh.c_str(), file.c_str()) != 0) return cannot("replace", file, errno);
  const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  const int error = errno;
  if (directory >= 0) ::close(directory);
  if (!synced) return cannot("sync the directory of", file, error);
  return {};
}

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  const auto descriptor = open_file(file, 0);
  if (!descriptor) return std::unexpected(descriptor.error());
  FileLock lock(*descriptor);
  if (::flock(*descriptor, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const auto length = ::pread(*descriptor, holder.data(), holder.size() - 1, 0);
    return fail(Errc::conflict, "cannot use the store: another novazoned (pid " +
                                    std::string(holder.data(), length > 0 ? std::size_t(length) : 0) +
                                    ") writes to it; one zone has one novazoned");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(*descriptor, 0) != 0 || ::pwrite(*descriptor, pid.data(), pid.size(), 0) < 0)
    return cannot("write", file, errno);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace nova::store
