// SPDX-License-Identifier: Apache-2.0
#include "daemon/objects/options.hpp"

#include "model/action.hpp"
#include "model/hold.hpp"
#include "model/text.hpp"

namespace nova::objects {
namespace {

constexpr std::size_t longest_shown = 64;  // characters of a caller's word in a message

/// Takes keys out of a dictionary; remembers the first thing that was wrong.
class Reader {
 public:
  explicit Reader(const Dictionary& options) : rest_(options) {}

  template <typename T>
  std::optional<T> take(const std::string& key, const char* type) {
    const auto found = rest_.find(key);
    if (found == rest_.end()) return std::nullopt;
    const sdbus::Variant value = found->second;
    rest_.erase(found);
    if (value.containsValueOfType<T>()) return value.get<T>();
    refuse(key, "cannot take option \"" + key + "\": it has to be of type " + type);
    return std::nullopt;
  }
  /// Whether the option is there as this type, without taking it.
  template <typename T>
  bool is(const std::string& key) const {
    const auto found = rest_.find(key);
    return found != rest_.end() && found->second.containsValueOfType<T>();
  }
  void refuse(const std::string& key, const std::string& why) {
    if (!error_) error_ = Error{Errc::invalid_argument, why, key};
  }
  void refuse(const Error& error) {
    if (!error_) error_ = error;
  }
  template <typename T>
  Result<T> finish(T value, const std::string& known) {
    if (!error_ && !rest_.empty())
      refuse(rest_.begin()->first, "cannot take option \"" + shortened(rest_.begin()->first, longest_shown) +
                                       "\": unknown; the options are " + known);
    if (error_) return std::unexpected(*error_);
    return value;
  }

 private:
  Dictionary rest_;
  std::optional<Error> error_;
};

std::string take_label(Reader& in, const std::string& key) {
  const auto label = in.take<std::string>(key, "s");
  if (!label) return "";
  if (const auto good = check_owner(*label); !good) in.refuse(good.error());
  return *label;
}

std::string take_text(Reader& in, const std::string& key) {
  const auto text = in.take<std::string>(key, "s");
  if (!text || text->empty()) return "";
  if (auto good = check_reason(*text, false); !good)
    in.refuse(key, "cannot take option \"" + key + "\": at most 255 characters, no control characters");
  return *text;
}

std::optional<WallTime> take_until(Reader& in) {
  if (in.is<std::uint64_t>("until")) {
    const auto micros = in.take<std::uint64_t>("until", "t");
    return WallTime{Millis{static_cast<Millis::rep>(*micros / 1000)}};
  }
  const auto text = in.take<std::string>("until", "s (RFC 3339) or t (microseconds)");
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text, "until");
  if (!time) in.refuse(time.error());
  return time ? std::optional(*time) : std::nullopt;
}

std::set<Enforcer> take_enforce(Reader& in) {
  std::set<Enforcer> out;
  const auto words = in.take<std::vector<std::string>>("enforce", "as");
  if (!words) return out;
  for (const std::string& word : *words) {
    const auto enforcer = parse_enforcer(word);
    if (!enforcer)
      in.refuse("enforce", "cannot take option \"enforce\": \"" + shortened(word, longest_shown) +
                               "\" is none of gate, scheduler, user_actions");
    else if (!out.insert(*enforcer).second)
      in.refuse("enforce", "cannot take option \"enforce\": \"" + word + "\" is there twice");
  }
  if (out.empty())
    in.refuse("enforce", "cannot take option \"enforce\": name an enforcement, or leave it out");
  return out;
}

bool take_unit_door(Reader& in) {
  const auto door = in.take<std::string>("door", "s");
  if (door && *door != "unit")
    in.refuse("door", "cannot take option \"door\": only \"unit\", of novahost-pause@.service");
  return door.has_value();
}

Millis take_time(Reader& in) {
  using Seconds = std::chrono::duration<std::uint32_t>;
  const auto seconds = in.take<std::uint32_t>("deadline", "u");
  if (!seconds) return default_command_time;
  constexpr auto longest = std::chrono::duration_cast<Seconds>(longest_command_time).count();
  if (*seconds < 1 || *seconds > longest)
    in.refuse("deadline",
              "cannot take option \"deadline\": 1 to " + std::to_string(longest) + " seconds from now");
  return Seconds{*seconds};
}

}  // namespace

Result<PauseOptions> pause_options(const Dictionary& options) {
  Reader in(options);
  PauseOptions out{.owner = take_label(in, "owner"),
                   .until = take_until(in),
                   .enforce = take_enforce(in),
                   .override_ = in.take<bool>("override", "b").value_or(false),
                   .unit_door = take_unit_door(in)};
  return in.finish(std::move(out), "owner, until, enforce, override");
}

Result<ResumeOptions> resume_options(const Dictionary& options) {
  Reader in(options);
  ResumeOptions out{.owner = take_label(in, "owner"),
                    .all = in.take<bool>("all", "b").value_or(false),
                    .override_ = in.take<bool>("override", "b").value_or(false),
                    .message = take_text(in, "message"),
                    .unit_door = take_unit_door(in)};
  if (out.all && !out.owner.empty())
    in.refuse("all", "cannot take option \"all\" together with \"owner\": all is everybody's");
  return in.finish(std::move(out), "owner, all, override, message");
}

Result<CommandOptions> command_options(const Dictionary& options, Verb verb) {
  Reader in(options);
  const bool can_wait = verb == Verb::stop || verb == Verb::suspend;
  CommandOptions out{.reason = take_text(in, "reason"), .time = take_time(in), .force = false};
  if (can_wait) out.force = in.take<bool>("force", "b").value_or(false);
  return in.finish(std::move(out), can_wait ? "reason, deadline, force" : "reason, deadline");
}

}  // namespace nova::objects
