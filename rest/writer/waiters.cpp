// SPDX-License-Identifier: Apache-2.0
#include "rest/writer/waiters.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nova::writer {

Waiters::Calls Waiters::park_doorbell(const Uuid& host, Call ring) {
  Calls former;
  Call& place = doorbells_[host];
  if (place) former.push_back(std::move(place));
  place = std::move(ring);
  return former;
}

Waiters::Calls Waiters::park_end(const Uuid& action, Call done) {
  Calls former;
  auto& line = ends_[action];
  line.push_back(std::move(done));
  if (line.size() > longest_line) {
    former.push_back(std::move(line.front()));
    line.pop_front();
  }
  return former;
}

Waiters::Calls Waiters::take(const std::vector<Uuid>& hosts, const std::vector<Uuid>& actions) {
  Calls calls;
  for (const Uuid& host : hosts)
    if (auto found = doorbells_.extract(host)) calls.push_back(std::move(found.mapped()));
  for (const Uuid& action : actions)
    if (auto found = ends_.extract(action)) std::ranges::move(found.mapped(), std::back_inserter(calls));
  return calls;
}

Waiters::Calls Waiters::take_all() {
  Calls calls;
  for (auto& [host, ring] : doorbells_) calls.push_back(std::move(ring));
  for (auto& [action, line] : ends_) std::ranges::move(line, std::back_inserter(calls));
  doorbells_.clear();
  ends_.clear();
  return calls;
}

void make(const Waiters::Calls& calls) {
  for (const Waiters::Call& call : calls) call();
}

}  // namespace nova::writer
