// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/fault_text.hpp"

#include <nlohmann/json.hpp>

#include "model/text.hpp"
#include "rest/protocol/json_text.hpp"
#include "rest/protocol/messages.hpp"

namespace nova::federation {
namespace {

constexpr std::size_t shown = 300;  // characters

}  // namespace

std::string fault_text(const HttpReply& reply) {
  if (const auto body = protocol::parse_json(reply.body, protocol::max_body); body && body->is_object())
    for (const auto& [name, fault] : body->items())
      if (fault.is_object() && fault.contains("message") && fault["message"].is_string())
        return shortened(fault["message"].get_ref<const std::string&>(), shown);
  return shortened(reply.body, shown);
}

}  // namespace nova::federation
