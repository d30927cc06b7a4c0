// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "rest/zone/snapshot.hpp"

namespace nova::http {

/// The whole collection of services as it is sent, rendered once per change. Each host's part is rendered
/// when that host has changed; the parts are put together at the first read after a change and, when large,
/// written to a file that the front sends at its own full speed. Thread-safe: readers of one generation wait
/// for whoever renders it, readers of an older one do not.
class Collections {
 public:
  /// A body ready to be sent: in memory, or a file in the directory.
  struct Body {
    std::uint64_t generation = 0;
    std::string text;  ///< where file is empty
    std::string file;  ///< name within the directory, or ""
  };

  /// @param directory where the front finds large bodies (emptied here); "" keeps all in memory
  /// @param file_from bodies of at least so many bytes become files
  explicit Collections(std::filesystem::path directory = {}, std::size_t file_from = 32 * 1024);

  /// {"services": [...]} with every service of the snapshot.
  std::shared_ptr<const Body> all(const std::shared_ptr<const zone::Snapshot>& snapshot);

 private:
  struct Part {
    std::shared_ptr<const zone::HostView> host;  // keeps the address from being used again
    std::string text;
  };
  using PartMap = std::unordered_map<const zone::HostView*, std::shared_ptr<const Part>>;

  std::vector<std::shared_ptr<const Part>> parts_of(const zone::Snapshot& snapshot);
  std::shared_ptr<const Body> assemble(const zone::Snapshot& snapshot);
  bool write_file(const std::string& name, const std::vector<std::shared_ptr<const Part>>& parts);

  std::filesystem::path directory_;
  std::size_t file_from_;
  std::mutex rendering_;            // one renders at a time
  PartMap parts_;                   // guarded by rendering_
  std::vector<std::string> files_;  // guarded by rendering_; oldest first
  std::mutex mutex_;                // guards newest_ only, held for a pointer's copy
  std::shared_ptr<const Body> newest_;
};

}  // namespace nova::http
