#include "reports/recovery.h"

#include <gtest/gtest.h>

#include "harness/error.h"
#include "reports/assemble.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A client that writes now and then; what it asked at which second, and when it was answered.
class Log {
 public:
  Log& write(double at, double answered, Kind kind = Kind::ok) {
    return add("write", at, answered, kind);
  }
  Log& read(double at, double answered) { return add("read", at, answered, Kind::ok); }
  Log& every(double from, double to, double step) {
    for (double t = from; t < to; t += step) write(t, t + step / 2);
    return *this;
  }
  History history() const {
    std::vector<Op> ops = ops_;
    std::stable_sort(ops.begin(), ops.end(),
                     [](const Op& a, const Op& b) { return a.time < b.time; });
    for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
    return History(std::move(ops));
  }

 private:
  static Nanos time(double second) { return Nanos(static_cast<std::int64_t>(second * 1e9)); }
  Log& add(const std::string& f, double at, double answered, Kind kind) {
    const std::int64_t process = next_++;
    ops_.push_back({.time = time(at), .process = process, .f = f, .value = 1});
    ops_.push_back({.time = time(answered),
                    .process = process,
                    .kind = kind,
                    .f = f,
                    .value = 1,
                    .error = "x"});
    return *this;
  }
  std::vector<Op> ops_;
  std::int64_t next_ = 0;
};

FaultRecord down(const std::string& id, const std::vector<std::string>& nodes, int from, int to) {
  Value::List names;
  for (const std::string& node : nodes) names.emplace_back(node);
  return {.id = id,
          .fault = id.substr(0, id.find('#')),
          .target = "one",
          .applied = seconds(from),
          .healing = seconds(to),
          .healed = seconds(to) + milliseconds(10),
          .hit = Value::object({{"nodes", names}}),
          .verified = true};
}

TEST(Recovery, IsTheTimeFromAHealToTheNextAcknowledgedChange) {
  const History history = Log().every(0, 10, 1).read(12, 12.1).write(14, 14.5).history();
  const Recovery recovery = measure_recovery(history, {down("kill#1", {"n1"}, 10, 12)}, 5);
  ASSERT_EQ(recovery.faults.size(), 1U);
  EXPECT_EQ(recovery.faults[0].recovered_after, milliseconds(2490)) << "a read is no progress";
  EXPECT_EQ(recovery.faults[0].progress_after, never);
  EXPECT_TRUE(recovery.faults[0].alone);
}

TEST(Recovery, OfAFaultThatOthersOutlastIsNotItsOwn) {
  const History history = Log().every(0, 30, 0.5).history();
  const Recovery recovery =
      measure_recovery(history, {down("kill#1", {"n1"}, 5, 8), down("pause#1", {"n2"}, 6, 12)}, 5);
  EXPECT_FALSE(recovery.faults[0].alone);
  EXPECT_TRUE(recovery.faults[1].alone);
  EXPECT_EQ(recovery.faults[0].progress_after, milliseconds(250));
}

TEST(Recovery, NothingIsSaidWhereNobodyTriedAfterTheHeal) {
  const History history = Log().every(0, 5, 1).history();
  const Recovery recovery = measure_recovery(history, {down("kill#1", {"n1"}, 5, 8)}, 5);
  EXPECT_FALSE(recovery.faults[0].tried_after_heal);
}

TEST(Recovery, AnAcknowledgementWhileAMajorityIsDownBreaksTheClaim) {
  const History silent = Log().every(0, 5, 1).write(11, 11.2).history();
  const std::vector<FaultRecord> faults{down("kill#1", {"n1", "n2"}, 5, 10),
                                        down("pause#1", {"n3"}, 6, 9)};
  Recovery recovery = measure_recovery(silent, faults, 5);
  EXPECT_EQ(recovery.majority_down, 1U);
  EXPECT_TRUE(recovery.broken_claims.empty());
  recovery =
      measure_recovery(Log().every(0, 5, 1).write(7, 7.2).write(11, 11.2).history(), faults, 5);
  ASSERT_EQ(recovery.broken_claims.size(), 1U);
  EXPECT_EQ(recovery.broken_claims[0], "acknowledged at 7.200 s while 3 of 5 nodes were down");
}

TEST(Recovery, WhatWasAskedBeforeTheMajorityWentDownMayBeAnsweredMeanwhile) {
  const History history = Log().write(5.9, 7).write(11, 11.2).history();
  EXPECT_TRUE(measure_recovery(history, {down("kill#1", {"n1", "n2", "n3"}, 6, 9)}, 5)
                  .broken_claims.empty());
}

TEST(Recovery, WithAMinorityDownThereMustBeProgress) {
  const std::vector<FaultRecord> faults{down("kill#1", {"n1", "n2"}, 5, 20)};
  Recovery recovery = measure_recovery(Log().every(0, 5, 1).write(21, 21.5).history(), faults, 5);
  EXPECT_EQ(recovery.minority_down, 1U);
  ASSERT_EQ(recovery.broken_claims.size(), 1U);
  EXPECT_EQ(recovery.broken_claims[0],
            "no progress from 5.000 s to 20.000 s although only 2 of 5 nodes were down");
  recovery =
      measure_recovery(Log().every(0, 5, 1).write(9, 9.5).write(21, 22).history(), faults, 5);
  EXPECT_TRUE(recovery.broken_claims.empty());
}

TEST(Recovery, OtherFaultsInForceExcuseALackOfProgress) {
  FaultRecord cut = down("partition#1", {"n3"}, 6, 19);
  const Recovery recovery = measure_recovery(Log().every(0, 5, 1).write(21, 21.5).history(),
                                             {down("kill#1", {"n1", "n2"}, 5, 20), cut}, 5);
  EXPECT_TRUE(recovery.broken_claims.empty());
}

TEST(Recovery, AFaultThatWasNeverProvenExcusesALackOfProgressToo) {
  FaultRecord cut = down("partition#1", {"n3"}, 6, 19);
  cut.verified = false;
  const History history = Log().every(0, 5, 1).write(21, 21.5).history();
  EXPECT_TRUE(measure_recovery(history, {down("kill#1", {"n1", "n2"}, 5, 20), cut}, 5)
                  .broken_claims.empty());
  cut.applied = cut.healed = never;  // It failed half way.
  cut.healing = seconds(7);
  cut.due = seconds(6);
  cut.error = "could not be applied";
  EXPECT_TRUE(measure_recovery(history, {down("kill#1", {"n1", "n2"}, 5, 20), cut}, 5)
                  .broken_claims.empty());
}

TEST(Recovery, NodesThatAreKilledAgainAndAgainAreNotTakenToBeDown) {
  FaultRecord storm = down("kill#1", {"n1", "n2", "n3"}, 5, 10);
  storm.parameters = {{"storm", "200ms"}};
  const Recovery recovery =
      measure_recovery(Log().every(0, 5, 1).write(7, 7.2).write(11, 11.2).history(), {storm}, 5);
  EXPECT_TRUE(recovery.broken_claims.empty());
  EXPECT_EQ(recovery.majority_down, 0U);
}

TEST(Recovery, ANodeThatWasKilledInItsSleepRunsOnceTheKillIsHealed) {
  const std::vector<FaultRecord> faults{down("pause#1", {"n1", "n2", "n3"}, 5, 20),
                                        down("kill#1", {"n3"}, 6, 8)};
  const Log log = Log().every(0, 5, 1);
  EXPECT_TRUE(measure_recovery(Log(log).write(11, 11.2).write(21, 21.5).history(), faults, 5)
                  .broken_claims.empty());
  const History answered =
      Log(log).write(5.1, 5.2).write(7, 7.2).write(11, 11.2).write(21, 21.5).history();
  EXPECT_EQ(measure_recovery(answered, faults, 5).broken_claims.size(), 2U)
      << "before that, nobody could answer";
}

Results measured(std::vector<std::string> gates) {
  Results results;
  results.nodes = {"n1", "n2", "n3", "n4", "n5"};
  Verdict verdict;
  verdict.outcome = Outcome::valid;
  results.verdicts.push_back(verdict);
  for (const std::string& gate : gates) results.gates.push_back(parse_gate(gate));
  summarise(results, Log().every(0, 10, 1).read(1, 1.1).write(11, 11.2).write(14, 14.5).history(),
            {down("kill#1", {"n1"}, 10, 12)}, {});
  conclude(results, true);
  return results;
}

TEST(Gates, ThatHoldLetTheRunPass) {
  const Results results = measured({"recovery<3s", "outage<6s", "p99<2s", "quorum"});
  EXPECT_EQ(results.exit_code, 0) << results.sentence;
  EXPECT_EQ(results.gates[0].measured, "2.49 s after kill#1");
}

TEST(Gates, ThatFailGiveExitCode3AndSayWhy) {
  const Results results = measured({"recovery<2s", "outage<1s"});
  EXPECT_EQ(results.outcome, Outcome::valid);
  EXPECT_EQ(results.exit_code, 3);
  EXPECT_NE(results.sentence.find("Gate failed: recovery<2s, but 2.49 s after kill#1; outage<1s"),
            std::string::npos)
      << results.sentence;
}

TEST(Gates, WithNothingToMeasureDoNotHold) {
  Results results;
  results.gates.push_back(parse_gate("recovery<10s"));
  measure_gates(results);
  EXPECT_FALSE(results.gates[0].held);
}

TEST(Gates, ThatAreNoneAreToldWithTheNearestName) {
  EXPECT_THROW(parse_gate("recovry<10s"), UsageError);
  EXPECT_THROW(parse_gate("recovery"), UsageError);
  EXPECT_THROW(parse_gate("recovery<soon"), UsageError);
  EXPECT_THROW(parse_gate("outage<0s"), UsageError);
  EXPECT_THROW(parse_gate("quorum<3"), UsageError);
}

TEST(Gates, SurviveTheResultsFile) {
  const Results results = measured({"recovery<2s"});
  const Results again = results_from_json(results_to_json(results));
  ASSERT_EQ(again.gates.size(), 1U);
  EXPECT_EQ(again.gates[0].text, "recovery<2s");
  EXPECT_EQ(again.gates[0].measured, results.gates[0].measured);
  EXPECT_EQ(again.recovery.faults.size(), 1U);
}

}  // namespace
}  // namespace clew
