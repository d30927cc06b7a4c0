// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/federation/identity.hpp"

namespace nova::federation {

/// When to renew the host's certificate, and what to ask; without transport. One thread.
class Renewal {
 public:
  /// @param identity may be null: then there is nothing to renew
  explicit Renewal(Identity* identity) : identity_(identity) {}

  /// The body of POST /federation/v1/renew, where two thirds of the certificate are over. Looks at the file
  /// every ten seconds at most, and after failures ever more seldom: every hour, or a tenth of the
  /// certificate's life where that is shorter. What goes wrong is in trouble().
  std::optional<std::string> request(const std::string& name, const Now& now);
  /// Takes the answer to it. After one that was good nothing is due for a third of the new certificate's
  /// life, whatever the wall clock says.
  void answered(const std::string& body, const std::string& name, const Uuid& host, const Now& now);
  /// There was no answer, or a refusal: tried again later.
  void failed(const std::string& why, const Now& now);

  /// What the last attempt failed of, or "".
  const std::string& trouble() const { return trouble_; }

 private:
  Identity* identity_;
  BootTime next_look_{};
  Millis pause_{};  // after the last failure; 0: there was none
  std::string trouble_;
};

}  // namespace nova::federation
