// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/disk.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace nova::store {
namespace {

int result_of(int returned) {
  return returned < 0 ? -errno : returned;
}

class Directory final : public Disk {
 public:
  Directory(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~Directory() override { ::close(descriptor_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  int create(const std::string& name) override;
  ssize_t write(int file, const char* data, std::size_t size) override {
    const ssize_t written = ::write(file, data, size);
    return written < 0 ? -errno : written;
  }
  int sync(int file) override { return result_of(fsync(file)); }
  int close(int file) override { return result_of(::close(file)); }
  int rename(const std::string& from, const std::string& to) override {
    return result_of(renameat(descriptor_, from.c_str(), descriptor_, to.c_str()));
  }
  int sync_directory() override { return result_of(fsync(descriptor_)); }
  int sync_file(const std::string& name) override;
  int remove(const std::string& name) override { return result_of(unlinkat(descriptor_, name.c_str(), 0)); }
  int read(const std::string& name, std::size_t most, std::string& text) override;
  const std::string& path() const override { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

int Directory::create(const std::string& name) {
  const int file =
      openat(descriptor_, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -errno;
  // What root writes here from a command line the daemon has to be able to read.
  struct stat facts {};
  if (geteuid() == 0 && fstat(descriptor_, &facts) == 0 && facts.st_uid != 0 &&
      fchown(file, facts.st_uid, facts.st_gid) < 0) {
    const int error = -errno;
    ::close(file);
    return error;
  }
  return file;
}

int Directory::sync_file(const std::string& name) {
  const int file = openat(descriptor_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return -errno;
  const int result = result_of(fsync(file));
  ::close(file);
  return result;
}

int Directory::read(const std::string& name, std::size_t most, std::string& text) {
  const int file = openat(descriptor_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return -errno;
  text.clear();
  std::array<char, 65536> buffer{};
  int result = 0;
  for (;;) {
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) result = -errno;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > most) {
      result = -EFBIG;
      break;
    }
  }
  ::close(file);
  return result;
}

std::string say(int negative_errno) {
  return std::generic_category().message(-negative_errno);
}

int write_all(Disk& disk, int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = disk.write(file, text.data() + done, text.size() - done);
    if (written == -EINTR) continue;
    if (written < 0) return static_cast<int>(written);
    if (written == 0) return -EIO;
    done += static_cast<std::size_t>(written);
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<Disk>> open_disk(const std::filesystem::path& directory) {
  const auto refuse = [&](Errc code, const std::string& why) {
    return fail(code, "cannot use " + directory.string() + ": " + why);
  };
  if (mkdir(directory.c_str(), 0700) < 0 && errno != EEXIST) return refuse(Errc::storage_failed, say(-errno));
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return refuse(Errc::storage_failed, say(-errno));
  auto disk = std::make_unique<Directory>(descriptor, directory.string());
  if (flock(descriptor, LOCK_EX | LOCK_NB) < 0)
    return refuse(Errc::conflict, errno == EWOULDBLOCK ? "another novahostd uses it" : say(-errno));
  return disk;
}

Result<void> replace_file(Disk& disk, const std::string& name, const std::string& text) {
  const std::string fresh = name + ".new";
  const auto refuse = [&](int error) {
    disk.remove(fresh);
    return fail(Errc::storage_failed, "cannot write " + disk.path() + "/" + name + ": " + say(error));
  };
  const int file = disk.create(fresh);
  if (file < 0) return refuse(file);
  int error = write_all(disk, file, text);
  if (error == 0) error = disk.sync(file);
  if (const int closed = disk.close(file); error == 0) error = closed;
  if (error == 0) error = disk.rename(fresh, name);
  if (error < 0) return refuse(error);
  // Before this the new name may not survive a power cut: nobody may be told yet.
  if (error = disk.sync_directory(); error < 0) return refuse(error);
  return {};
}

}  // namespace nova::store
