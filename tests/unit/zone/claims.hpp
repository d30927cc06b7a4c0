// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/zone/stage.hpp"

namespace nova::zone::stage {

/// Two hosts in a zone, one of which claims what is not its own.
struct Claims : testing::Test {
  Claims() : compute1(1, "compute1"), compute2(2, "compute2") {
    s.join(compute1);
    s.join(compute2);
    before = s.seen();
  }
  /// Refused with this code and field, and nothing changed.
  void refused(const protocol::SyncRequest& report, Errc code, const std::string& field) {
    const Error error = s.refusal(report);
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_EQ(error.field, field) << error.message;
    EXPECT_THAT(error.message, testing::StartsWith("cannot take "));
    EXPECT_EQ(s.seen(), before);
  }

  /// The report is taken, only this record of it is not: nothing durable, nothing shown, a note that says
  /// why.
  void left_out(HostSim& host, const protocol::SyncRequest& report, Note::What what, const std::string& why,
                const std::vector<ActionRecord>& recorded = {}) {
    const auto answer = s.exchange(host, report, recorded);
    EXPECT_TRUE(s.durable.empty());
    EXPECT_EQ(s.seen(), before);
    ASSERT_EQ(s.effect.notes.size(), 1u);
    EXPECT_EQ(s.effect.notes[0].what, what);
    EXPECT_THAT(s.effect.notes[0].text, testing::HasSubstr(why));
    for (const Action& action : report.actions)
      EXPECT_THAT(answer.acknowledged_actions, testing::Contains(action.id)) << "or it comes for ever";
  }

  /// The same for a record that may have been noted before: once is enough.
  void not_taken(HostSim& host, const protocol::SyncRequest& report) {
    s.exchange(host, report);
    EXPECT_TRUE(s.durable.empty());
    EXPECT_EQ(s.seen(), before);
  }

  /// 1970, before the zone was born, and older than the retention.
  const std::vector<WallTime> old_dates{WallTime{}, monday - std::chrono::days{500},
                                        monday - std::chrono::days{91}};
  Stage s;
  HostSim compute1;
  HostSim compute2;
  std::shared_ptr<const Snapshot> before;
};

}  // namespace nova::zone::stage
