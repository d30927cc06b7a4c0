// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace nova::store {

/// A directory that goes with its owner.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nova::store
