// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace nova::store {

/// A directory of its own for one test.
class AFolder {
 public:
  AFolder() {
    std::string pattern = "/tmp/nova-store-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~AFolder() { std::filesystem::remove_all(path_); }
  AFolder(const AFolder&) = delete;
  AFolder& operator=(const AFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string text(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace nova::store
