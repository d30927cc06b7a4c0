// SPDX-License-Identifier: Apache-2.0
#include "rest/zone/report_check.hpp"

#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {
namespace {

using Report = protocol::SyncRequest;

/// One thing that a report must not say, and how the refusal names it.
struct Case {
  std::string field;
  std::function<void(Report&)> spoil;
};

Report good() {
  HostSim host(1, "compute1");
  host.add("nova-api", Kind::api);
  Report report = host.full();
  report.holds.delta.adds = {host.hold(1, monday), host.hold(2, monday)};
  report.holds.delta.releases = {{.hold = id(0xa0, 1), .actor = "bob", .at = monday}};
  report.actions = {{.id = id(0x51), .service = host.service(), .actor = "bob", .requested = monday}};
  return report;
}

const std::vector<Case> cases{
    {"host", [](Report& r) { r.host = {}; }},
    {"name", [](Report& r) { r.name = ""; }},
    {"name", [](Report& r) { r.name = "com pute"; }},
    {"name", [](Report& r) { r.name = "a/b"; }},
    {"name", [](Report& r) { r.name = std::string(256, 'x'); }},
    {"incarnation", [](Report& r) { r.incarnation = {}; }},
    {"base", [](Report& r) { r.base = r.sequence + 1; }},
    {"removed", [](Report& r) { r.removed = {id(0x66)}; }},
    {"info.name", [](Report& r) { r.info->name = "\x01"; }},
    {"info.os", [](Report& r) { r.info->os = std::string(protocol::max_fact + 1, 'x'); }},
    {"services", [](Report& r) { r.services.resize(11, r.services[0]); }},
    {"services[0].binary", [](Report& r) { r.services[0].binary = ""; }},
    {"services[1].id", [](Report& r) { r.services[1] = r.services[0]; }},
    {"services[1].id", [](Report& r) { r.services[1].id = id(0x12); }},
    {"services[1].id", [](Report& r) { r.services[1].instance = "cell1"; }},
    {"services[0].unit.name", [](Report& r) { r.services[0].unit.name = ""; }},
    {"services[0].unit.sub_state", [](Report& r) { r.services[0].unit.sub_state = "\xff"; }},
    {"services[0].unit.aliases",
     [](Report& r) { r.services[0].unit.aliases.resize(protocol::max_aliases + 1, "x"); }},
    {"removed[0]",
     [](Report& r) {
       r.base = 1;
       r.removed = {r.services[0].id};
     }},
    {"removed[1]",
     [](Report& r) {
       r.base = 1;
       r.removed = {id(0x66), id(0x66)};
     }},
    {"holds.adds[1].reason", [](Report& r) { r.holds.delta.adds[1].reason = std::string(256, 'x'); }},
    {"holds.adds[0].owner", [](Report& r) { r.holds.delta.adds[0].owner = " bob"; }},
    {"holds.adds[1].id",
     [](Report& r) {
       r.holds.delta.adds[1].id = r.holds.delta.adds[0].id;
       r.holds.delta.adds[1].reason = "another";
     }},
    {"holds.releases[0].hold", [](Report& r) { r.holds.delta.releases[0].hold = {}; }},
    {"holds.releases[0].actor", [](Report& r) { r.holds.delta.releases[0].actor = ""; }},
    {"holds.releases[0].message", [](Report& r) { r.holds.delta.releases[0].message = "a\nb"; }},
    {"holds.adds[0].until", [](Report& r) { r.holds.delta.adds[0].until = monday; }},
    {"holds.digest", [](Report& r) { r.holds.complete = true; }},
    {"actions[0].id", [](Report& r) { r.actions[0].id = {}; }},
    {"actions[1].id", [](Report& r) { r.actions.push_back(r.actions[0]); }},
    {"actions[0].service", [](Report& r) { r.actions[0].service = {}; }},
    {"actions[0].actor", [](Report& r) { r.actions[0].actor = "\x7f"; }},
    {"actions[0].reason", [](Report& r) { r.actions[0].reason = std::string(256, 'x'); }},
    {"actions[0].message", [](Report& r) { r.actions[0].message = std::string(5000, 'x'); }},
};

TEST(ReportCheck, takes_what_is_right) {
  EXPECT_TRUE(check_report(good(), 10)) << check_report(good(), 10).error().message;
}

TEST(ReportCheck, takes_whatever_the_messages_can_carry) {
  Report report = good();
  report.services[0].unit.aliases.resize(protocol::max_aliases, std::string(protocol::max_name, 'x'));
  report.info->os = std::string(protocol::max_fact, 'x');
  report.actions[0].message = std::string(protocol::max_detail, 'x');
  report.holds.delta.releases[0].message = std::string(max_reason, 'x');
  EXPECT_TRUE(check_report(report, protocol::max_services));
  EXPECT_EQ(Zone::Settings{}.max_services, protocol::max_services);
}

TEST(ReportCheck, names_what_is_wrong) {
  for (const Case& c : cases) {
    Report report = good();
    c.spoil(report);
    const auto checked = check_report(report, 10);
    ASSERT_FALSE(checked) << c.field << " was taken";
    EXPECT_EQ(checked.error().field, c.field) << checked.error().message;
    EXPECT_EQ(checked.error().code, Errc::invalid_argument);
    EXPECT_THAT(checked.error().message, testing::HasSubstr(c.field));
  }
}

}  // namespace
}  // namespace nova::zone::stage
