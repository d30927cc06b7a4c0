// SPDX-License-Identifier: Apache-2.0
// Whatever one side may say, the other reads as it was meant.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "rest/protocol/codec.hpp"
#include "tests/support/arbitrary.hpp"

namespace nova::protocol {
namespace {

RC_GTEST_PROP(RoundTrip, Requests, ()) {
  const auto request = *arbitrary::request();
  const auto read = decode_request(encode(request));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == request);
}

RC_GTEST_PROP(RoundTrip, Answers, ()) {
  const auto answer = *arbitrary::answer();
  const auto read = decode_answer(encode(answer));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == answer);
}

RC_GTEST_PROP(RoundTrip, HoldsInAStrictFile, ()) {
  const auto delta = *arbitrary::delta();
  RC_ASSERT(hold_delta_from_json(to_json(delta), "", UnknownFields::refuse).value() == delta);
}

RC_GTEST_PROP(RoundTrip, ActionsAndCommandsInAStrictFile, ()) {
  const auto action = *arbitrary::action();
  const auto command = *arbitrary::command();
  RC_ASSERT(action_from_json(to_json(action), "", UnknownFields::refuse).value() == action);
  RC_ASSERT(command_from_json(to_json(command), "", UnknownFields::refuse).value() == command);
}

}  // namespace
}  // namespace nova::protocol
