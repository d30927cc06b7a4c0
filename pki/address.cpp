// SPDX-License-Identifier: Apache-2.0
#include "pki/address.hpp"

#include <arpa/inet.h>

#include <array>

namespace nova::pki {

bool is_address(const std::string& text) {
  in6_addr bytes{};
  return inet_pton(AF_INET, text.c_str(), &bytes) == 1 || inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

bool is_loopback(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string canonical_address(const std::string& text) {
  in6_addr bytes{};
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  if (inet_pton(AF_INET6, text.c_str(), &bytes) != 1 ||
      inet_ntop(AF_INET6, &bytes, spelled.data(), spelled.size()) == nullptr)
    return text;
  return spelled.data();
}

}  // namespace nova::pki
