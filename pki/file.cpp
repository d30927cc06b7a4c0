// SPDX-License-Identifier: Apache-2.0
#include "pki/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace nova::pki {
namespace {

std::unexpected<Error> failure(const char* verb, const std::filesystem::path& path) {
  const std::error_code why(errno, std::generic_category());
  return fail(Errc::storage_failed,
              std::string("cannot ") + verb + " " + path.string() + ": " + why.message());
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failure("sync", directory);
  return {};
}

bool write_all(int fd, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<Owner> owner_of(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  return Owner{status.st_uid, status.st_gid};
}

Result<void> write_file(const std::filesystem::path& path, std::string_view contents, mode_t mode,
                        const std::optional<Owner>& owner) {
  const std::filesystem::path fresh = path.string() + ".tmp";
  ::unlink(fresh.c_str());  // of an attempt that was interrupted, perhaps somebody else's
  const Descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return failure("make", fresh);
  const bool owned = !owner || ::fchown(fd.get(), owner->uid, owner->gid) == 0;
  if (!owned || ::fchmod(fd.get(), mode) != 0 || !write_all(fd.get(), contents) || ::fsync(fd.get()) != 0 ||
      ::rename(fresh.c_str(), path.c_str()) != 0) {
    auto why = failure("write", path);
    ::unlink(fresh.c_str());
    return why;
  }
  return sync_directory(path.parent_path());
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure("rename", from);
  return sync_directory(to.parent_path());
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return failure("open", path);
  std::string contents(limit + 1, '\0');
  std::size_t size = 0;
  while (size < contents.size()) {
    const ssize_t got = ::read(fd.get(), contents.data() + size, contents.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit)
    return fail(Errc::too_large,
                "cannot read " + path.string() + ": it is larger than " + std::to_string(limit) + " bytes");
  contents.resize(size);
  return contents;
}

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return failure("open", directory);
  while (::flock(fd.get(), LOCK_EX) != 0)
    if (errno != EINTR) return failure("lock", directory);
  return DirectoryLock(std::move(fd));
}

Result<void> make_private_directory(const std::filesystem::path& path, const std::optional<Owner>& owner) {
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return failure("make", path);
  // From here on by descriptor: whoever may write in the parent could put a link in its place.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (made ? O_NOFOLLOW : 0)));
  if (fd.get() < 0 && errno == ENOTDIR)
    return fail(Errc::storage_failed, "cannot use " + path.string() + ": it is not a directory");
  if (fd.get() < 0) return failure("open", path);
  if (!made) return {};
  if (owner && ::fchown(fd.get(), owner->uid, owner->gid) != 0) return failure("give away", path);
  return sync_directory(path.parent_path());
}

}  // namespace nova::pki
