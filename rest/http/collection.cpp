// SPDX-License-Identifier: Apache-2.0
#include "rest/http/collection.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "rest/http/render.hpp"

namespace nova::http {
namespace {

constexpr std::string_view head = "{\"services\":[";
constexpr std::string_view tail = "]}";
/// The front opens a file within moments of being told its name; one that it no longer finds is asked for
/// again. So a few are kept, and not one per change.
constexpr std::size_t files_kept = 6;
constexpr std::size_t most_pieces = 512;  // below IOV_MAX

/// Writes all pieces; short writes are continued.
bool write_all(int fd, std::vector<iovec>& pieces) {
  std::size_t at = 0;
  while (at < pieces.size()) {
    const auto count = std::min(most_pieces, pieces.size() - at);
    ssize_t written = ::writev(fd, &pieces[at], static_cast<int>(count));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    while (at < pieces.size() && static_cast<std::size_t>(written) >= pieces[at].iov_len)
      written -= static_cast<ssize_t>(pieces[at++].iov_len);
    if (written > 0) {
      pieces[at].iov_base = static_cast<char*>(pieces[at].iov_base) + written;
      pieces[at].iov_len -= static_cast<std::size_t>(written);
    }
  }
  return true;
}

iovec piece_of(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};  // writev(2) only reads
}

std::string render_part(const zone::HostView& host, std::string_view zone_name) {
  JsonOut out;
  for (const auto& service : host.services) render_service(out, service, host, zone_name);
  return std::move(out).text();
}

}  // namespace

Collections::Collections(std::filesystem::path directory, std::size_t file_from)
    : directory_(std::move(directory)), file_from_(file_from) {
  if (directory_.empty()) return;
  // What a former start left behind has generations of its own; none of it may be sent as ours.
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored))
    std::filesystem::remove(entry.path(), ignored);
}

std::shared_ptr<const Collections::Body> Collections::all(
    const std::shared_ptr<const zone::Snapshot>& snapshot) {
  const auto known = [&]() -> std::shared_ptr<const Body> {
    const std::scoped_lock lock(mutex_);
    return newest_ && newest_->generation >= snapshot->generation ? newest_ : nullptr;
  };
  if (auto body = known()) return body;
  const std::scoped_lock lock(rendering_);
  if (auto body = known()) return body;  // somebody else did it while we waited
  auto body = assemble(*snapshot);
  const std::scoped_lock publishing(mutex_);
  newest_ = body;
  return body;
}

std::vector<std::shared_ptr<const Collections::Part>> Collections::parts_of(const zone::Snapshot& snapshot) {
  std::vector<std::shared_ptr<const Part>> parts;
  parts.reserve(snapshot.hosts.size());
  PartMap map;
  map.reserve(snapshot.hosts.size());
  for (const auto& host : snapshot.hosts) {
    const auto found = parts_.find(host.get());
    auto part = found != parts_.end()
                    ? found->second
                    : std::make_shared<const Part>(Part{host, render_part(*host, snapshot.zone_name)});
    map.emplace(host.get(), part);
    if (!part->text.empty()) parts.push_back(std::move(part));
  }
  parts_ = std::move(map);  // parts of former views go
  return parts;
}

std::shared_ptr<const Collections::Body> Collections::assemble(const zone::Snapshot& snapshot) {
  const auto parts = parts_of(snapshot);
  std::size_t size = head.size() + tail.size();
  for (const auto& part : parts) size += part->text.size() + 1;
  auto body = std::make_shared<Body>();
  body->generation = snapshot.generation;
  if (!directory_.empty() && size >= file_from_) {
    const std::string name = std::to_string(snapshot.generation) + ".json";
    if (write_file(name, parts)) body->file = name;
  }
  if (!body->file.empty()) return body;
  body->text.reserve(size);
  body->text = head;
  for (const auto& part : parts) {
    if (body->text.size() > head.size()) body->text += ',';
    body->text += part->text;
  }
  body->text += tail;
  return body;
}

bool Collections::write_file(const std::string& name, const std::vector<std::shared_ptr<const Part>>& parts) {
  std::vector<iovec> pieces;
  pieces.reserve(parts.size() * 2 + 2);
  pieces.push_back(piece_of(head));
  for (const auto& part : parts) {
    if (pieces.size() > 1) pieces.push_back(piece_of(","));
    pieces.push_back(piece_of(part->text));
  }
  pieces.push_back(piece_of(tail));
  const auto path = directory_ / name;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = write_all(fd, pieces);
  ::close(fd);
  files_.push_back(name);
  std::error_code ignored;
  if (!written) {
    std::filesystem::remove(path, ignored);  // /run is full: the body goes from memory
    files_.pop_back();
  }
  while (files_.size() > files_kept) {
    std::filesystem::remove(directory_ / files_.front(), ignored);
    files_.erase(files_.begin());
  }
  return written;
}

}  // namespace nova::http
