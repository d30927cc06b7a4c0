// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/federation/identity.hpp"
#include "tests/unit/ca/a_zone.hpp"

namespace nova::tests {

/// A host's folder beside a zone's.
class AHost : public ::testing::Test {
 protected:
  Folder folder;
  ca::Authority authority = ca::Authority::open(folder / "ca", "north", noon).value();
  federation::Identity identity = federation::Identity::open(folder / "pki").value();

  /// What the zone would answer to the waiting request.
  std::string certificate(Millis life = minutes{10}, WallTime now = noon, const Uuid& id = id_1,
                          const std::string& name = "compute1") {
    return authority.sign(identity.request(name).value(), id, name, life, now)->pem;
  }
  Result<void> adopt(const std::string& pem, WallTime now = noon) {
    return identity.adopt(pem, authority.bundle_pem(now), "compute1", id_1, now);
  }
  std::string present() const { return text_of(folder / "pki/host.crt"); }
};

}  // namespace nova::tests
