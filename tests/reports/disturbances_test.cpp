#include "reports/disturbances.h"

#include <gtest/gtest.h>

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One client that writes every 10 ms; between `from` and `to` its writes end as `kind`.
History writes(Nanos from, Nanos to, Kind kind, const std::string& error) {
  std::vector<Op> events;
  std::int64_t process = 0;
  for (Nanos now{}; now < seconds(10); now += milliseconds(10)) {
    Op op{.index = static_cast<std::int64_t>(events.size()), .time = now, .process = process};
    op.f = "write";
    events.push_back(op);
    op.index = static_cast<std::int64_t>(events.size());
    op.time = now + milliseconds(1);
    op.kind = now >= from && now < to ? kind : Kind::ok;
    if (op.kind != Kind::ok) op.error = error;
    events.push_back(op);
    if (op.kind == Kind::info) ++process;
  }
  return History(std::move(events));
}

Results with_fault(Nanos from, Nanos to) {
  FaultRecord fault{.id = "kill#1", .fault = "kill", .target = "leader"};
  fault.applied = from;
  fault.healed = to;
  fault.verified = true;
  Results results;
  results.faults = {fault};
  return results;
}

TEST(Disturbances, TellWhatAFaultCost) {
  const Results results = with_fault(seconds(3), seconds(5));
  const Disturbances all = measure_disturbances(
      writes(milliseconds(3200), milliseconds(5400), Kind::info, "timeout"), results);
  ASSERT_EQ(all.outages.size(), 1U);
  EXPECT_EQ(all.outages[0].from, milliseconds(3191));
  EXPECT_EQ(all.outages[0].to, milliseconds(5401));
  ASSERT_EQ(all.faults.size(), 1U);
  const Disturbance& one = all.faults[0];
  EXPECT_EQ(one.ops.ok, 20U);
  EXPECT_EQ(one.ops.info, 180U);
  EXPECT_EQ(one.first_trouble, milliseconds(201));
  EXPECT_EQ(one.first_ok, milliseconds(1));
  EXPECT_EQ(one.first_ok_healed, milliseconds(401));
  EXPECT_GE(one.full_rate, milliseconds(350));
  EXPECT_LE(one.full_rate, milliseconds(450));
  EXPECT_NEAR(all.quiet_rate, 100, 5);
}

TEST(Disturbances, DoNotCountARefusalAsTrouble) {
  const Disturbances all =
      measure_disturbances(writes(seconds(3), seconds(4), Kind::fail, "compare-failed"),
                           with_fault(seconds(3), seconds(4)));
  ASSERT_EQ(all.faults.size(), 1U);
  EXPECT_EQ(all.faults[0].ops.fail, 0U);
  EXPECT_EQ(all.faults[0].refused, 100U);
  EXPECT_EQ(all.faults[0].first_trouble, never);
}

TEST(Disturbances, SayNeverWhereNothingCameBack) {
  Results results = with_fault(seconds(3), never);
  const Disturbances all =
      measure_disturbances(writes(seconds(3), seconds(20), Kind::info, "timeout"), results);
  ASSERT_EQ(all.faults.size(), 1U);
  EXPECT_EQ(all.faults[0].first_ok, never);
  EXPECT_EQ(all.faults[0].full_rate, never);
  ASSERT_EQ(all.outages.size(), 1U) << "one that lasts to the end counts";
}

TEST(Disturbances, OfNothingAreNone) {
  const Disturbances all = measure_disturbances(History{}, with_fault(seconds(1), seconds(2)));
  EXPECT_TRUE(all.outages.empty());
  EXPECT_EQ(all.quiet_rate, 0);
}

}  // namespace
}  // namespace clew
