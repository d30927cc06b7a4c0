// SPDX-License-Identifier: Apache-2.0
#include "daemon/polkit_rule.hpp"

namespace nova {
namespace {

/// A glob as the inside of a JavaScript expression. Its characters were checked by UnitNames::make.
std::string expression_of(const std::string& glob) {
  std::string out;
  bool in_set = false;
  for (char c : glob) {
    if (c == '[' || c == ']') in_set = c == '[';
    if (c == '*' && !in_set)
      out += "[A-Za-z0-9:_.\\\\@-]*";
    else if (c == '?' && !in_set)
      out += "[A-Za-z0-9:_.\\\\@-]";
    else if (c == '.' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string polkit_rule_for(const std::vector<host::UnitPattern>& patterns) {
  if (patterns.empty())
    return "// novahostd.conf adds no units (Pattern=): the packaged rule has all that is needed.\n";
  std::string names;
  for (const host::UnitPattern& pattern : patterns)
    names += (names.empty() ? "" : "|") + expression_of(pattern.glob);
  return "// Printed by \"novahostd --polkit-rule\" for the units that novahostd.conf adds. Install it as\n"
         "// /etc/polkit-1/rules.d/48-novahost-local.rules, then write \"controllable\" after each "
         "Pattern=.\n"
         "polkit.addRule(function(action, subject) {\n"
         "    if (subject.user !== \"novahost\" || action.id !== \"org.freedesktop.systemd1.manage-units\")\n"
         "        return polkit.Result.NOT_HANDLED;\n"
         "    if (String(action.lookup(\"polkit.message\")).indexOf(\"transient\") !== -1)\n"
         "        return polkit.Result.NO;\n"
         "    var verb = String(action.lookup(\"verb\"));\n"
         "    if (verb !== \"start\" && verb !== \"stop\" && verb !== \"restart\")\n"
         "        return polkit.Result.NOT_HANDLED;\n"
         "    if (/^(" +
         names +
         ")$/.test(String(action.lookup(\"unit\"))))\n"
         "        return polkit.Result.YES;\n"
         "    return polkit.Result.NOT_HANDLED;\n"
         "});\n";
}

}  // namespace nova
