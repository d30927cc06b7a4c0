// SPDX-License-Identifier: Apache-2.0
#include "rest/protocol/skew.hpp"

#include <functional>
#include <nlohmann/json.hpp>

#include "model/vocabulary.hpp"
#include "rest/protocol/fields.hpp"
#include "rest/protocol/messages.hpp"

namespace nova::protocol {
namespace {

using nlohmann::json;

/// A member that is a word, and whether this build knows it.
struct Word {
  const char* key;
  std::function<bool(std::string_view)> known;
};

template <typename E>
Word word(const char* key, std::optional<E> (*parse)(std::string_view)) {
  return {key, [parse](std::string_view text) { return parse(text).has_value(); }};
}

/// The first member with an unknown word. Anything else that is wrong is for the decoder to refuse.
const Word* unknown_word(const json& entry, const std::vector<Word>& words) {
  if (!entry.is_object()) return nullptr;
  for (const Word& word : words) {
    const auto value = entry.find(word.key);
    if (value == entry.end() || !value->is_string()) continue;
    const auto& text = value->get_ref<const std::string&>();
    if (!text.empty() && text.size() <= max_word && !word.known(text)) return &word;
  }
  return nullptr;
}

void filter(json& message, const std::string& list, const std::vector<Word>& words, LeftOut& out) {
  const auto found = message.find(list);
  if (found == message.end() || !found->is_array()) return;
  json kept = json::array();
  for (std::size_t i = 0; i < found->size(); ++i) {
    json& entry = (*found)[i];
    const Word* unknown = unknown_word(entry, words);
    if (!unknown) {
      kept.push_back(std::move(entry));
      continue;
    }
    out.what.push_back(list + "[" + std::to_string(i) + "]." + unknown->key + " \"" +
                       presentable(entry[unknown->key].get_ref<const std::string&>(), max_word) + "\"");
    if (list != "actions") continue;
    if (const auto id = entry.find("id"); id != entry.end() && id->is_string())
      if (const auto action = parse_uuid(id->get_ref<const std::string&>())) out.actions.push_back(*action);
  }
  *found = std::move(kept);
}

bool is_newer(const json& message) {
  const auto theirs = message.find("version");
  return theirs != message.end() && theirs->is_number_integer() && theirs->get<std::int64_t>() > version;
}

}  // namespace

LeftOut leave_out_unknown(json& message) {
  LeftOut out;
  if (!message.is_object() || !is_newer(message)) return out;
  filter(message, "services", {word("kind", parse_kind)}, out);
  filter(message, "actions",
         {word("verb", parse_verb), word("door", parse_door), word("outcome", parse_outcome)}, out);
  filter(message, "commands", {word("verb", parse_verb)}, out);
  if (const auto services = message.find("enforcement"); services != message.end() && services->is_array())
    for (json& service : *services)
      if (service.is_object())
        filter(service, "enforcement",
               {word("enforcer", parse_enforcer), word("state", parse_enforcement_state)}, out);
  return out;
}

}  // namespace nova::protocol
