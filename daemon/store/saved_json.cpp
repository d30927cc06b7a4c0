// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/saved_json.hpp"

#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

#include "rest/protocol/codec.hpp"
#include "rest/protocol/json_text.hpp"

namespace nova::store {
namespace {

using nlohmann::json;
using protocol::UnknownFields;

constexpr int format = 1;

std::unexpected<Error> refuse(const std::string& why) {
  return fail(Errc::storage_failed, why);
}

/// The document as an object of exactly these fields, in our format.
Result<json> document(const std::string& text, std::initializer_list<std::string_view> fields) {
  auto value = protocol::parse_json(text, max_file);
  if (!value) return refuse(value.error().message);
  if (!value->is_object()) return refuse("it is no JSON object");
  const auto said = value->find("format");
  if (said == value->end() || !said->is_number_integer()) return refuse("its \"format\" is missing");
  if (*said != format)
    return refuse("its format is " + said->dump() + ", this version reads " + std::to_string(format));
  for (const std::string_view field : fields)
    if (!value->contains(field)) return refuse("its \"" + std::string(field) + "\" is missing");
  if (value->size() != fields.size() + 1) return refuse("it has fields that this version does not know");
  return value;
}

/// An array, each element read by `read(element, where)`.
template <typename T, typename Read>
Result<std::vector<T>> list(const json& value, const std::string& name, Read read) {
  if (!value.is_array()) return refuse("its \"" + name + "\" is no list");
  std::vector<T> all;
  for (const json& element : value) {
    auto one = read(element, name + "[" + std::to_string(all.size()) + "]");
    if (!one) return refuse(one.error().message);
    all.push_back(std::move(*one));
  }
  return all;
}

Result<Uuid> read_id(const json& value, const std::string& where) {
  if (!value.is_string()) return refuse(where + " is no text");
  return parse_uuid(value.get_ref<const std::string&>(), where);
}

Result<Action> read_action(const json& value, const std::string& where) {
  return protocol::action_from_json(value, where, UnknownFields::refuse);
}

/// A JSON list of records, from what is known of them; forgets what is not there any more.
template <typename Record, typename Key>
std::string list_of(const std::vector<Record>& records, Key key, KnownTexts<Record>& known) {
  KnownTexts<Record> kept;
  std::string out = "[";
  for (const Record& record : records) {
    auto node = known.extract(std::invoke(key, record));
    if (out.size() > 1) out += ',';
    if (!node.empty() && node.mapped().record == record) {
      out += node.mapped().text;
      kept.insert(std::move(node));
    } else {
      out += kept.insert_or_assign(std::invoke(key, record),
                                   KnownText<Record>{record, protocol::dump_json(protocol::to_json(record))})
                 .first->second.text;
    }
  }
  known = std::move(kept);
  return out + "]";
}

template <typename Ids>
std::string list_of_ids(const Ids& ids) {
  std::string out = "[";
  for (const Uuid& id : ids) out += (out.size() > 1 ? ",\"" : "\"") + to_string(id) + "\"";
  return out + "]";
}

}  // namespace

std::string StateText::of(const host::Saved& state) {
  return "{\"format\":" + std::to_string(format) + ",\"born\":\"" + to_rfc3339(state.born) +
         "\",\"holds\":{\"adds\":" + list_of(state.holds.adds, &Hold::id, holds_) +
         ",\"releases\":" + list_of(state.holds.releases, &Release::hold, releases_) +
         "},\"lapsed\":" + list_of_ids(state.lapsed) +
         ",\"actions\":" + list_of(state.actions, &Action::id, actions_) +
         ",\"spent\":" + list_of_ids(state.spent) + "}\n";
}

Result<host::Saved> saved_from_text(const std::string& text) {
  const auto value = document(text, {"born", "holds", "lapsed", "actions", "spent"});
  if (!value) return std::unexpected(value.error());
  const json& born = (*value)["born"];
  if (!born.is_string()) return refuse("its \"born\" is no time");
  const auto when = parse_rfc3339(born.get_ref<const std::string&>(), "born");
  if (!when) return refuse(when.error().message);
  auto holds = protocol::hold_delta_from_json((*value)["holds"], "holds", UnknownFields::refuse);
  if (!holds) return refuse(holds.error().message);
  const auto lapsed = list<Uuid>((*value)["lapsed"], "lapsed", read_id);
  if (!lapsed) return std::unexpected(lapsed.error());
  auto actions = list<Action>((*value)["actions"], "actions", read_action);
  if (!actions) return std::unexpected(actions.error());
  auto spent = list<Uuid>((*value)["spent"], "spent", read_id);
  if (!spent) return std::unexpected(spent.error());
  return host::Saved{
      *when, std::move(*holds), {lapsed->begin(), lapsed->end()}, std::move(*actions), std::move(*spent)};
}

std::string to_text(const HoldDelta& pairs) {
  return protocol::dump_json(json{{"format", format}, {"holds", protocol::to_json(pairs)}}) + "\n";
}

Result<HoldDelta> history_from_text(const std::string& text) {
  const auto value = document(text, {"holds"});
  if (!value) return std::unexpected(value.error());
  return protocol::hold_delta_from_json((*value)["holds"], "holds", UnknownFields::refuse);
}

}  // namespace nova::store
