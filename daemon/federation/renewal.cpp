// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/renewal.hpp"

#include "rest/protocol/enrolment.hpp"

namespace nova::federation {
namespace {

constexpr Millis look_again{10'000};

}  // namespace

std::optional<std::string> Renewal::request(const std::string& name, const Now& now) {
  if (!identity_ || now.boot < next_look_) return std::nullopt;
  next_look_ = now.boot + look_again;
  if (!identity_->renewal_due(now.wall)) return std::nullopt;
  const auto csr = identity_->request(name);
  if (!csr) return failed(csr.error().message), std::nullopt;
  return protocol::encode(protocol::RenewRequest{*csr});
}

void Renewal::answered(const std::string& body, const std::string& name, const Uuid& host, const Now& now) {
  const auto answer = protocol::decode_certificate_answer(body);
  if (!answer) return failed(answer.error().message);
  const auto done = identity_->adopt(answer->certificate, answer->ca, name, host, now.wall);
  if (!done) return failed(done.error().message);
  trouble_.clear();
  if (const auto fresh = identity_->certificate(); fresh && *fresh)
    next_look_ = now.boot + ((*fresh)->not_after() - (*fresh)->not_before()) / 3;
}

}  // namespace nova::federation
