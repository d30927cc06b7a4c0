// SPDX-License-Identifier: Apache-2.0
#include "pki/openssl.hpp"

#include <openssl/err.h>

#include <array>
#include <climits>
#include <ctime>

namespace nova::pki {

std::unexpected<Error> openssl_failure(std::string_view what, Errc code) {
  std::string message = "cannot " + std::string(what);
  if (const unsigned long error = ERR_peek_last_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(error, text.data(), text.size());
    message += std::string(": ") + text.data();
  }
  ERR_clear_error();
  return fail(code, std::move(message));
}

BioPtr reader(std::string_view text) {
  const std::size_t size = text.size() > INT_MAX ? 0 : text.size();
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(size)));
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

TimePtr asn1_time(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return TimePtr(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds.time_since_epoch().count())));
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return WallTime{};
  return WallTime{std::chrono::seconds{timegm(&parts)}};
}

}  // namespace nova::pki
