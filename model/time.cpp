// SPDX-License-Identifier: Apache-2.0
#include "model/time.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace nova {
namespace {

/// Reads fixed-width decimal fields off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    int value = 0;
    for (char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool at_end() const { return rest_.empty(); }
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

std::optional<Millis> read_fraction(Reader& in) {
  if (!in.take(".")) return Millis{0};
  int value = 0;
  int count = 0;
  for (; in.at_digit(); ++count) {
    const int digit = *in.digits(1);
    if (count < 3) value = value * 10 + digit;
  }
  if (count == 0 || count > 9) return std::nullopt;
  for (; count < 3; ++count) value *= 10;
  return Millis{value};
}

std::optional<std::chrono::minutes> read_zone(Reader& in) {
  if (in.take("Zz")) return std::chrono::minutes{0};
  const char sign = in.front();
  if (!in.take("+-")) return std::nullopt;
  const auto hours = in.digits(2);
  if (!hours || !in.take(":")) return std::nullopt;
  const auto minutes = in.digits(2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return sign == '-' ? -offset : offset;
}

std::optional<WallTime> read(std::string_view text) {
  using namespace std::chrono;
  Reader in(text);
  const auto y = in.digits(4);
  if (!y || !in.take("-")) return std::nullopt;
  const auto mo = in.digits(2);
  if (!mo || !in.take("-")) return std::nullopt;
  const auto d = in.digits(2);
  if (!d || !in.take("Tt ")) return std::nullopt;
  const auto h = in.digits(2);
  if (!h || !in.take(":")) return std::nullopt;
  const auto mi = in.digits(2);
  if (!mi || !in.take(":")) return std::nullopt;
  const auto s = in.digits(2);
  if (!s) return std::nullopt;
  const auto fraction = read_fraction(in);
  if (!fraction) return std::nullopt;
  const auto zone = read_zone(in);
  if (!zone || !in.at_end()) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  // 60 is a leap second (RFC 3339, 5.6); it counts as the next second.
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  const WallTime time = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + *fraction - *zone;
  // What is read must be writable again in four digits of year.
  if (time < WallTime{} || time >= sys_days{year{9999} / December / 31}) return std::nullopt;
  return time;
}

}  // namespace

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return std::string(text.data());
}

Result<WallTime> parse_rfc3339(std::string_view text, std::string_view field) {
  if (const auto time = read(text)) return *time;
  return fail(
      Errc::invalid_argument,
      "cannot read " + std::string(field) + ": write a time with its zone, such as 2026-11-23T18:00:00Z",
      std::string(field));
}

}  // namespace nova
