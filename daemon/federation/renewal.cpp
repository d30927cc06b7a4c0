// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/renewal.hpp"

#include <algorithm>

#include "rest/protocol/enrolment.hpp"

namespace nova::federation {
namespace {

constexpr Millis look_again{10'000};
constexpr Millis longest_pause{std::chrono::hours{1}};

Millis life_of(const pki::Certificate& certificate) {
  return certificate.not_after() - certificate.not_before();
}

}  // namespace

std::optional<std::string> Renewal::request(const std::string& name, const Now& now) {
  if (!identity_ || now.boot < next_look_) return std::nullopt;
  next_look_ = now.boot + look_again;
  if (!identity_->renewal_due(now.wall)) return std::nullopt;
  const auto csr = identity_->request(name);
  if (!csr) return failed(csr.error().message, now), std::nullopt;
  return protocol::encode(protocol::RenewRequest{*csr});
}

void Renewal::answered(const std::string& body, const std::string& name, const Uuid& host, const Now& now) {
  const auto answer = protocol::decode_certificate_answer(body);
  if (!answer) return failed(answer.error().message, now);
  const auto done = identity_->adopt(answer->certificate, answer->ca, name, host, now.wall);
  if (!done) return failed(done.error().message, now);
  trouble_.clear();
  pause_ = {};
  if (const auto fresh = identity_->certificate(); fresh && *fresh)
    next_look_ = now.boot + life_of(**fresh) / 3;
}

void Renewal::failed(const std::string& why, const Now& now) {
  trouble_ = "cannot renew the certificate: " + why;
  const auto present = identity_->certificate();
  const Millis tenth = present && *present ? life_of(**present) / 10 : look_again;
  pause_ = std::min(std::max(look_again, pause_ * 2), std::max(look_again, std::min(longest_pause, tenth)));
  next_look_ = now.boot + pause_;
}

}  // namespace nova::federation
