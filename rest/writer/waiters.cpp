// SPDX-License-Identifier: Apache-2.0
#include "rest/writer/waiters.hpp"

#include <utility>

namespace nova::writer {

Waiters::Calls Waiters::park_doorbell(const Uuid& host, Call ring) {
  Calls former;
  Call& place = doorbells_[host];
  if (place) former.push_back(std::move(place));
  place = std::move(ring);
  return former;
}

void Waiters::park_end(const Uuid& action, Call done) {
  ends_.emplace(action, std::move(done));
}

Waiters::Calls Waiters::take(const std::vector<Uuid>& hosts, const std::vector<Uuid>& actions) {
  Calls calls;
  for (const Uuid& host : hosts)
    if (auto found = doorbells_.extract(host)) calls.push_back(std::move(found.mapped()));
  for (const Uuid& action : actions)
    while (auto found = ends_.extract(action)) calls.push_back(std::move(found.mapped()));
  return calls;
}

Waiters::Calls Waiters::take_all() {
  Calls calls;
  for (auto& [host, ring] : doorbells_) calls.push_back(std::move(ring));
  for (auto& [action, done] : ends_) calls.push_back(std::move(done));
  doorbells_.clear();
  ends_.clear();
  return calls;
}

void make(const Waiters::Calls& calls) {
  for (const Waiters::Call& call : calls) call();
}

}  // namespace nova::writer
