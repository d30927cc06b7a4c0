// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/zone_store/scratch.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace nova::store {

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "nova-store-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make a scratch directory");
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace nova::store
