// SPDX-License-Identifier: Apache-2.0
// Fuzzing: valid messages with bytes or values spoilt. Whatever comes out is an error or a message that
// writes and reads as itself; nothing throws, hangs or reads out of bounds (run it under the sanitizers).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "rest/protocol/codec.hpp"
#include "tests/support/arbitrary.hpp"

namespace nova::protocol {
namespace {

using nlohmann::json;

/// An error that says what and where, or a message that is stable.
template <typename Message>
void check(const Result<Message>& read, Result<Message> (*decode)(std::string_view)) {
  if (!read) {
    RC_ASSERT(read.error().code == Errc::invalid_argument || read.error().code == Errc::too_large);
    RC_ASSERT(read.error().message.starts_with("cannot "));
    return;
  }
  const auto again = decode(encode(*read));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *read);
}

std::string spoil_bytes(std::string body) {
  const auto count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count && !body.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        body[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        body.erase(at, *rc::gen::inRange<std::size_t>(1, 30));
        break;
      case 2:
        body.insert(at, *rc::gen::element<std::string>("{", "]", "\"", ",", "\\u0000", "null", "-1", "\xff"));
        break;
      default:
        body.insert(at, body.substr(*rc::gen::inRange<std::size_t>(0, body.size()), 40));
        break;
    }
  }
  return body;
}

/// Replaces one value somewhere in the document by something of another kind.
std::string spoil_value(const std::string& body) {
  auto document = json::parse(body);
  const auto flat = document.flatten();
  auto item = flat.begin();
  std::advance(item, *rc::gen::inRange<std::size_t>(0, flat.size()));
  document[json::json_pointer(item.key())] = *rc::gen::elementOf(
      std::vector<json>{nullptr, true, -1, 0, 1.5, 1e300, 18446744073709551615ULL, "", "x",
                        std::string(3000, 'y'), "2026-11-23T03:19:00Z",
                        "00000000-0000-0000-0000-000000000000", "\u0000", json::array(), json::object()});
  return document.dump();
}

RC_GTEST_PROP(Mutation, OfTheBytesOfARequest, ()) {
  check(decode_request(spoil_bytes(encode(*arbitrary::request()))), decode_request);
}

RC_GTEST_PROP(Mutation, OfAValueInARequest, ()) {
  check(decode_request(spoil_value(encode(*arbitrary::request()))), decode_request);
}

RC_GTEST_PROP(Mutation, OfTheBytesOfAnAnswer, ()) {
  check(decode_answer(spoil_bytes(encode(*arbitrary::answer()))), decode_answer);
}

RC_GTEST_PROP(Mutation, OfAValueInAnAnswer, ()) {
  check(decode_answer(spoil_value(encode(*arbitrary::answer()))), decode_answer);
}

RC_GTEST_PROP(Mutation, OfNothingButNoise, ()) {
  check(decode_request(*rc::gen::arbitrary<std::string>()), decode_request);
}

}  // namespace
}  // namespace nova::protocol
