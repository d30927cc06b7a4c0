// SPDX-License-Identifier: Apache-2.0
#include "rest/as_owner.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace nova::zone {

Result<void> AsOwner::step_in() {
  struct stat info {};
  if (inside_ || ::geteuid() != 0 || ::stat(directory_.c_str(), &info) != 0 || info.st_uid == 0) return {};
  groups_.resize(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  const bool known = ::getgroups(static_cast<int>(groups_.size()), groups_.data()) >= 0;
  inside_ = true;
  if (known && ::setgroups(0, nullptr) == 0 && ::setegid(info.st_gid) == 0 && ::seteuid(info.st_uid) == 0)
    return {};
  auto why = fail(Errc::internal, "cannot act as the owner of " + directory_.string() + ": " +
                                      std::generic_category().message(errno));
  step_back();
  return why;
}

void AsOwner::step_back() {
  if (!inside_) return;
  inside_ = false;
  // Nobody may go on as half of somebody else.
  if (::seteuid(0) != 0 || ::setegid(::getgid()) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0)
    std::terminate();
}

}  // namespace nova::zone
