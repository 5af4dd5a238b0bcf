#include "reports/assemble.h"

#include <gtest/gtest.h>

#include "reports/performance.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Recorder {
 public:
  // A call of a process of its own; `kind` invoke: it never came back.
  Recorder& call(const std::string& f, Nanos from, Nanos to, Kind kind = Kind::ok,
                 const std::string& error = "") {
    Op op;
    op.index = static_cast<std::int64_t>(ops_.size());
    op.process = ++process_;
    op.f = f;
    op.node = "n1";
    op.time = from;
    ops_.push_back(op);
    if (kind == Kind::invoke) return *this;
    ++op.index;
    op.time = to;
    op.kind = kind;
    op.error = error;
    ops_.push_back(op);
    return *this;
  }
  Recorder& event(Nanos time) {
    Op op;
    op.index = static_cast<std::int64_t>(ops_.size());
    op.process = nemesis_process;
    op.kind = Kind::info;
    op.f = "partition";
    op.time = time;
    ops_.push_back(op);
    return *this;
  }
  History history() const { return History(ops_); }

 private:
  std::vector<Op> ops_;
  std::int64_t process_ = 0;
};

Verdict verdict_of(Outcome outcome, const std::string& cause = "") {
  Verdict verdict;
  verdict.checker = "linearizable";
  verdict.outcome = outcome;
  verdict.cause = cause;
  return verdict;
}

FaultRecord fault(bool verified) {
  FaultRecord record{.id = "kill#1",
                     .fault = "kill",
                     .target = "one",
                     .planned = seconds(1),
                     .planned_heal = seconds(2)};
  record.applied = seconds(1);
  record.healed = seconds(2);
  record.verified = record.verified_healed = verified;
  return record;
}

History read_and_write() {
  return Recorder()
      .call("read", milliseconds(0), milliseconds(1))
      .call("write", milliseconds(1), milliseconds(2))
      .history();
}

Results concluded(std::vector<Verdict> verdicts, const History& history, bool asked = false,
                  std::vector<FaultRecord> faults = {}) {
  Results results;
  results.verdicts = std::move(verdicts);
  summarise(results, history, std::move(faults), {});
  conclude(results, asked);
  return results;
}

TEST(Summary, CountsEveryInvocationOnce) {
  Results results;
  summarise(results,
            Recorder()
                .call("read", milliseconds(0), milliseconds(1))
                .call("read", milliseconds(0), milliseconds(2), Kind::fail, "refused")
                .call("write", milliseconds(0), milliseconds(3), Kind::info, "timeout")
                .call("write", milliseconds(0), milliseconds(0), Kind::invoke)
                .event(milliseconds(50))
                .history(),
            {}, {});
  EXPECT_EQ(results.ops.total(), 4U);
  EXPECT_EQ(results.ops.ok, 1U);
  EXPECT_EQ(results.ops.fail, 1U);
  EXPECT_EQ(results.ops.info, 2U) << "what never came back is unknown";
  EXPECT_EQ(results.by_function["read"].total(), 2U);
  EXPECT_EQ(results.by_function["write"].info, 2U);
  EXPECT_EQ(results.by_node["n1"].total(), 4U);
  EXPECT_EQ(results.by_function.count("partition"), 0U) << "faults are no operations";
  EXPECT_EQ(results.errors["timeout"], 1U);
  EXPECT_EQ(results.errors["never came back"], 1U);
  EXPECT_EQ(results.duration, milliseconds(3));
}

TEST(Summary, KeepsFiftyErrorTextsAndCountsTheRest) {
  Recorder recorder;
  for (int i = 0; i < 80; ++i)
    recorder.call("read", milliseconds(i), milliseconds(i + 1), Kind::info,
                  "port " + std::to_string(i));
  recorder.call("read", milliseconds(90), milliseconds(91), Kind::info, "port 7");
  Results results;
  summarise(results, recorder.history(), {}, {});
  EXPECT_EQ(results.errors.size(), 50U);
  EXPECT_EQ(results.errors["port 7"], 2U);
  std::uint64_t sum = 0;
  for (const auto& [text, count] : results.errors) sum += count;
  EXPECT_EQ(sum, 81U);
}

TEST(Performance, UsesTheNearestRank) {
  Recorder recorder;
  for (int i = 1; i <= 100; ++i) recorder.call("read", seconds(i), seconds(i) + milliseconds(i));
  const Performance performance = measure(recorder.history(), {});
  EXPECT_EQ(performance.p50, milliseconds(50));
  EXPECT_EQ(performance.p95, milliseconds(95));
  EXPECT_EQ(performance.p99, milliseconds(99));
  EXPECT_EQ(performance.max, milliseconds(100));
}

TEST(Performance, BinsHaveOneWidthAndHoldEveryCompletion) {
  const History history = samples::register_history();
  const Performance performance = measure(history, {});
  ASSERT_EQ(performance.bins.size(), 120U);
  std::uint64_t completions = 0;
  for (std::size_t i = 0; i < performance.bins.size(); ++i) {
    const TimeBin& bin = performance.bins[i];
    EXPECT_EQ(bin.to - bin.from, performance.bins[0].to - performance.bins[0].from);
    if (i > 0) { EXPECT_EQ(bin.from, performance.bins[i - 1].to); }
    completions += bin.ops.total();
  }
  std::uint64_t recorded = 0;
  for (const Op& op : history.ops()) recorded += op.kind != Kind::invoke ? 1U : 0U;
  EXPECT_EQ(completions, recorded);
  EXPECT_GE(performance.bins.back().to, stretch(history).to);
}

TEST(Performance, ShortRunsHaveFewBins) {
  const Performance performance =
      measure(Recorder().call("read", milliseconds(0), milliseconds(350)).history(), {});
  EXPECT_EQ(performance.bins.size(), 3U);
  EXPECT_EQ(performance.bins[2].ops.ok, 1U);
  EXPECT_TRUE(measure(History{}, {}).bins.empty());
}

TEST(Performance, TellsFaultsFromQuiet) {
  std::vector<FaultRecord> faults{fault(true)};
  Recorder recorder;
  recorder.call("read", milliseconds(900), milliseconds(901))
      .call("read", milliseconds(999), milliseconds(1010))  // Reaches into the fault.
      .call("read", milliseconds(2000), milliseconds(2020))
      .call("read", milliseconds(2001), milliseconds(2003));
  Performance performance = measure(recorder.history(), faults);
  EXPECT_EQ(performance.p99_quiet, milliseconds(2));
  EXPECT_EQ(performance.p99_fault, milliseconds(20));
  faults[0].verified = false;
  performance = measure(recorder.history(), faults);
  EXPECT_EQ(performance.p99_fault, Nanos{0}) << "a fault that was not seen does not count";
}

TEST(Performance, FindsTheLongestOutage) {
  Recorder recorder;
  recorder.call("read", milliseconds(0), milliseconds(10))
      .call("read", milliseconds(20), milliseconds(500), Kind::info)
      .call("read", milliseconds(600), milliseconds(700))
      .call("read", milliseconds(600), milliseconds(800), Kind::fail);
  const Performance performance = measure(recorder.history(), {});
  EXPECT_EQ(performance.longest_outage, milliseconds(690));
  EXPECT_EQ(performance.outage_from, milliseconds(10));
}

TEST(Performance, AnOutageMayLastToTheEnd) {
  const Performance performance =
      measure(Recorder()
                  .call("read", milliseconds(0), milliseconds(10))
                  .call("read", milliseconds(20), milliseconds(900), Kind::info)
                  .history(),
              {});
  EXPECT_EQ(performance.longest_outage, milliseconds(890));
}

TEST(Leaders, OnlyAnotherLeaderIsAChange) {
  const auto at = [](const char* node, std::int64_t term, int from, int to) {
    return LeaderSpan{node, term, seconds(from), seconds(to)};
  };
  EXPECT_EQ(count_leader_changes({}), 0);
  EXPECT_EQ(count_leader_changes({at("n1", 1, 0, 9)}), 0);
  EXPECT_EQ(count_leader_changes({at("n1", 1, 0, 9), at("n1", 2, 10, 19)}), 0);
  EXPECT_EQ(count_leader_changes({at("n1", 1, 0, 9), at("n2", 2, 10, 19), at("n1", 3, 20, 29)}), 2);
  EXPECT_EQ(count_leader_changes({at("n1", 1, 0, 9), at("n2", 2, 5, 19), at("n1", 1, 10, 12)}), 1)
      << "a deposed leader that still claims its old term has not taken over";
}

TEST(Conclusion, TakesTheGravestVerdict) {
  const History history = read_and_write();
  EXPECT_EQ(concluded({verdict_of(Outcome::valid)}, history).exit_code, 0);
  EXPECT_EQ(
      concluded({verdict_of(Outcome::valid), verdict_of(Outcome::unknown, "time limit")}, history)
          .exit_code,
      2);
  const Results results = concluded({verdict_of(Outcome::unknown, "internal error: x"),
                                     verdict_of(Outcome::invalid), verdict_of(Outcome::valid)},
                                    history);
  EXPECT_EQ(results.outcome, Outcome::invalid) << "nothing masks a violation";
  EXPECT_EQ(results.exit_code, 1);
  EXPECT_EQ(results.cause, "");
}

TEST(Conclusion, AnErrorOfOurOwnIsNoVerdict) {
  const Results results =
      concluded({verdict_of(Outcome::unknown, "time limit"),
                 verdict_of(Outcome::unknown, "internal error: two engines disagree")},
                read_and_write());
  EXPECT_EQ(results.exit_code, 255);
  EXPECT_EQ(results.cause, "internal error: two engines disagree");
}

TEST(Conclusion, WithoutAVerdictNothingIsKnown) {
  const Results results = concluded({}, read_and_write());
  EXPECT_EQ(results.outcome, Outcome::unknown);
  EXPECT_EQ(results.cause, "nothing was checked");
}

TEST(Conclusion, ARunThatTestedNothingDoesNotPass) {
  const std::vector<Verdict> valid{verdict_of(Outcome::valid)};
  EXPECT_EQ(concluded(valid, History{}).cause, "vacuous: no operation was invoked");
  const auto only = [](const std::string& f, Kind kind) {
    return Recorder().call(f, milliseconds(0), milliseconds(1), kind).history();
  };
  EXPECT_EQ(concluded(valid, only("read", Kind::info)).cause, "vacuous: no operation succeeded");
  EXPECT_EQ(concluded(valid, only("read", Kind::ok)).cause, "vacuous: no write succeeded");
  EXPECT_EQ(concluded(valid, only("write", Kind::ok)).cause, "vacuous: no read succeeded");
  EXPECT_EQ(concluded(valid, only("write", Kind::ok)).exit_code, 2);
  EXPECT_EQ(concluded(valid, only("cas", Kind::ok)).exit_code, 0)
      << "a cas that succeeded has read and written";
}

TEST(Conclusion, FaultsThatWereAskedForMustTakeEffect) {
  const std::vector<Verdict> valid{verdict_of(Outcome::valid)};
  const History history = read_and_write();
  EXPECT_EQ(concluded(valid, history, true, {fault(false)}).cause, "vacuous: no fault took effect");
  EXPECT_EQ(concluded(valid, history, true, {}).exit_code, 2) << "not even planned";
  EXPECT_EQ(concluded(valid, history, true, {fault(true)}).exit_code, 0);
  EXPECT_EQ(concluded(valid, history, false, {}).exit_code, 0);
  const Results some = concluded(valid, history, true, {fault(true), fault(false)});
  EXPECT_EQ(some.exit_code, 0);
  ASSERT_FALSE(some.warnings.empty());
  EXPECT_EQ(some.warnings[0], "kill took effect only 1 time (planned 2 times)");
}

TEST(Conclusion, VacuityNeverHidesAViolation) {
  const Results results =
      concluded({verdict_of(Outcome::invalid)}, read_and_write(), true, {fault(false)});
  EXPECT_EQ(results.exit_code, 1);
  EXPECT_EQ(results.vacuous.size(), 1U);
}

TEST(Sentence, OfAPassSaysWhatWasCovered) {
  EXPECT_EQ(samples::valid().sentence,
            "10,899 operations on 12 keys, 3 faults took effect, 2 leader changes, checked exactly "
            "in 832 ms.");
}

TEST(Sentence, OfAViolationNamesTheFaultAndTheLeaders) {
  EXPECT_EQ(samples::invalid().sentence,
            "Stale read on key k17: client 5 read 7 at 14.228 s, 15.8 ms after write 8 was "
            "acknowledged. During partition {n1,n2}|{n3,n4,n5} (10.0–18.0 s); n1 claimed to lead "
            "term 1 while n3 led term 2.");
}

TEST(Sentence, NamesNoFaultThatWasNotSeenInForce) {
  Results results = samples::invalid();
  results.faults[0].verified = false;
  results.leaders.clear();
  conclude(results, true);
  EXPECT_EQ(results.sentence,
            "Stale read on key k17: client 5 read 7 at 14.228 s, 15.8 ms after write 8 was "
            "acknowledged.");
}

TEST(Sentence, OfAnUnknownSaysWhatToChange) {
  EXPECT_EQ(samples::unknown().sentence,
            "Not decided: time limit. 10 of 12 keys are decided. Raise --check-timeout, or lower "
            "--concurrency or --ops-per-key.");
}

TEST(Conclusion, IsTheSameWhenDrawnTwice) {
  Results results = samples::vacuous();
  const std::string once = results_to_json(results);
  conclude(results, true);
  EXPECT_EQ(results_to_json(results), once);
}

}  // namespace
}  // namespace clew
