// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/store/disk.hpp"

namespace nova::store {

/// Calls `step` before and after every system call that changes something, and in the middle of a write; the
/// step may end the process, or return a negative errno that the call then fails with.
class SteppingDisk final : public Disk {
 public:
  using Step = std::function<int(const std::string& call)>;
  SteppingDisk(std::unique_ptr<Disk> real, Step step) : real_(std::move(real)), step_(std::move(step)) {}

  int create(const std::string& name) override {
    return around("create", [&] { return real_->create(name); });
  }
  ssize_t write(int file, const char* data, std::size_t size) override {
    if (const int error = step_("write"); error < 0) return error;
    // Half of it first, as a disk that fills up or a process that is killed would leave it.
    const ssize_t half = real_->write(file, data, (size + 1) / 2);
    if (const int error = step_("written"); error < 0) return error;
    return half;
  }
  int sync(int file) override {
    return around("sync", [&] { return real_->sync(file); });
  }
  int close(int file) override {
    return around("close", [&] { return real_->close(file); });
  }
  int rename(const std::string& from, const std::string& to) override {
    return around("rename", [&] { return real_->rename(from, to); });
  }
  int sync_directory() override {
    return around("sync_directory", [&] { return real_->sync_directory(); });
  }
  int sync_file(const std::string& name) override {
    return around("sync_file", [&] { return real_->sync_file(name); });
  }
  int remove(const std::string& name) override { return real_->remove(name); }
  int read(const std::string& name, std::size_t most, std::string& text) override {
    return real_->read(name, most, text);
  }
  const std::string& path() const override { return real_->path(); }

 private:
  template <typename Call>
  int around(const char* name, Call call) {
    if (const int error = step_(name); error < 0) return error;
    const int result = call();
    if (const int error = step_(std::string(name) + " done"); error < 0) return error;
    return result;
  }

  std::unique_ptr<Disk> real_;
  Step step_;
};

/// A disk whose power can be cut: what was not fsynced is gone, and so is a name whose directory was not.
class VolatileDisk final : public Disk {
 public:
  struct Inode {
    std::string text;    ///< as the running system sees it
    std::string synced;  ///< as it is after a power cut
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  int create(const std::string& name) override {
    names_[name] = std::make_shared<Inode>();
    open_.push_back(names_[name]);
    return static_cast<int>(open_.size()) - 1;
  }
  ssize_t write(int file, const char* data, std::size_t size) override {
    open_[static_cast<std::size_t>(file)]->text.append(data, size);
    return static_cast<ssize_t>(size);
  }
  int sync(int file) override {
    open_[static_cast<std::size_t>(file)]->synced = open_[static_cast<std::size_t>(file)]->text;
    return 0;
  }
  int close(int) override { return 0; }
  int rename(const std::string& from, const std::string& to) override {
    if (!names_.contains(from)) return -ENOENT;
    names_[to] = names_[from];
    names_.erase(from);
    return 0;
  }
  int sync_directory() override {
    synced_names_ = names_;
    return 0;
  }
  int sync_file(const std::string& name) override {
    const auto found = names_.find(name);
    if (found == names_.end()) return -ENOENT;
    found->second->synced = found->second->text;
    return 0;
  }
  int remove(const std::string& name) override { return names_.erase(name) == 1 ? 0 : -ENOENT; }
  int read(const std::string& name, std::size_t, std::string& text) override {
    const auto found = names_.find(name);
    if (found == names_.end()) return -ENOENT;
    text = found->second->text;
    return 0;
  }
  const std::string& path() const override { return path_; }

  /// The disk as another process finds it: all that was done, durable or not.
  std::unique_ptr<VolatileDisk> for_the_next_process() const {
    std::map<const Inode*, std::shared_ptr<Inode>> copies;
    const auto copy = [&](const Names& names) {
      Names out;
      for (const auto& [name, inode] : names) {
        auto& one = copies[inode.get()];
        if (!one) one = std::make_shared<Inode>(*inode);
        out[name] = one;
      }
      return out;
    };
    auto disk = std::make_unique<VolatileDisk>();
    disk->names_ = copy(names_);
    disk->synced_names_ = copy(synced_names_);
    return disk;
  }

  /// What is there after the power came back. A rename whose directory was not synced may have got to the
  /// disk all the same: `lucky` says so.
  std::unique_ptr<VolatileDisk> after_power_cut(bool lucky) const {
    auto disk = std::make_unique<VolatileDisk>();
    for (const auto& [name, inode] : lucky ? names_ : synced_names_) {
      disk->names_[name] = std::make_shared<Inode>(Inode{inode->synced, inode->synced});
      disk->synced_names_[name] = disk->names_[name];
    }
    return disk;
  }

 private:
  Names names_;
  Names synced_names_;
  std::vector<std::shared_ptr<Inode>> open_;
  std::string path_ = "/volatile";
};

}  // namespace nova::store
