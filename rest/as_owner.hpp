// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

#include "model/error.hpp"

namespace nova::zone {

/// Root acting as the owner of a directory, so that what is made there is the owner's, and no link that the
/// owner has put there leads root astray. Does nothing for everybody else. One per process, one thread.
class AsOwner {
 public:
  explicit AsOwner(std::filesystem::path directory) : directory_(std::move(directory)) {}
  ~AsOwner() { step_back(); }
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;

  Result<void> step_in();
  void step_back();

 private:
  std::filesystem::path directory_;
  std::vector<gid_t> groups_;
  bool inside_ = false;
};

}  // namespace nova::zone
