// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/uuid.hpp"
#include "model/vocabulary.hpp"
#include "rest/http/exchange.hpp"

namespace nova::http {

/// A query whose parameters are all known and given once: a misspelt filter must not answer with everything.
class Query {
 public:
  /// Errc::invalid_argument naming the unknown or repeated parameter, with those that are known.
  static Result<Query> read(const Request& request, std::initializer_list<std::string_view> known);

  std::optional<std::string> text(std::string_view name) const;
  Result<std::optional<bool>> flag(std::string_view name) const;
  Result<std::optional<Uuid>> id(std::string_view name) const;
  /// A whole number within the bounds.
  Result<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t smallest,
                                              std::uint64_t largest) const;
  Result<std::optional<Kind>> kind() const;
  Result<std::optional<State>> state() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace nova::http
