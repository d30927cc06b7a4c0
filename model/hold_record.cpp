// SPDX-License-Identifier: Apache-2.0
#include "model/hold_record.hpp"

#include <string_view>

namespace nova {
namespace {

/// The lengths keep neighbours from running into each other.
void put(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}
void put(std::string& out, WallTime time) {
  put(out, std::to_string(time.time_since_epoch().count()));
}

}  // namespace

std::string text_of(const Hold& hold) {
  std::string text;
  put(text, to_string(hold.id));
  put(text, to_string(hold.service));
  put(text, hold.owner);
  put(text, hold.actor);
  put(text, hold.reason);
  put(text, hold.since);
  put(text, hold.recorded);
  put(text, hold.until ? std::to_string(hold.until->time_since_epoch().count()) : "-");
  put(text, to_string(hold.door));
  for (Enforcer enforcer : hold.enforce) put(text, to_string(enforcer));
  return text;
}

std::string text_of(const Release& release) {
  std::string text;
  put(text, to_string(release.hold));
  put(text, release.actor);
  put(text, release.at);
  put(text, to_string(release.door));
  put(text, release.message);
  return text;
}

}  // namespace nova
