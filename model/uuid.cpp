// SPDX-License-Identifier: Apache-2.0
#include "model/uuid.hpp"

#include <uuid/uuid.h>

namespace nova {

std::string to_string(const Uuid& id) {
  std::array<char, UUID_STR_LEN> text{};
  uuid_unparse_lower(id.bytes.data(), text.data());
  return std::string(text.data());
}

Result<Uuid> parse_uuid(std::string_view text, std::string_view field) {
  Uuid id;
  // uuid_parse_range() refuses any length but 36 and any other place for the hyphens.
  if (text.size() != UUID_STR_LEN - 1 ||
      uuid_parse_range(text.data(), text.data() + text.size(), id.bytes.data()) != 0)
    return fail(
        Errc::invalid_argument,
        "cannot read " + std::string(field) + ": write a UUID such as 6fa459ea-ee8a-3ca4-894e-db77e160355e",
        std::string(field));
  return id;
}

Uuid random_uuid() {
  Uuid id;
  uuid_generate_random(id.bytes.data());
  return id;
}

Uuid name_uuid(const Uuid& space, std::string_view name) {
  Uuid id;
  uuid_generate_sha1(id.bytes.data(), space.bytes.data(), name.data(), name.size());
  return id;
}

}  // namespace nova
