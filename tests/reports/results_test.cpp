#include "reports/results.h"

#include <gtest/gtest.h>

#include "harness/error.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  if (at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

std::string refusal(const std::string& text) {
  try {
    results_from_json(text);
  } catch (const UsageError& e) { return e.what(); }
  return "";
}

TEST(ResultsJson, ComesBackAsItWasWritten) {
  for (const auto& [name, results] : samples::all()) {
    const std::string written = results_to_json(results);
    EXPECT_EQ(results_to_json(results_from_json(written)), written) << name;
  }
}

TEST(ResultsJson, KeepsEveryValue) {
  const Results before = samples::invalid();
  const Results after = results_from_json(results_to_json(before));
  EXPECT_EQ(after.outcome, Outcome::invalid);
  EXPECT_EQ(after.sentence, before.sentence);
  EXPECT_EQ(after.seed, before.seed);
  EXPECT_EQ(after.environment, before.environment);
  EXPECT_EQ(after.ops.info, before.ops.info);
  EXPECT_EQ(after.errors, before.errors);
  EXPECT_EQ(after.files, before.files);
  ASSERT_EQ(after.faults.size(), 3U);
  EXPECT_EQ(after.faults[0].hit, before.faults[0].hit);
  EXPECT_EQ(after.faults[0].applied, before.faults[0].applied);
  EXPECT_EQ(after.performance.bins.size(), before.performance.bins.size());
  EXPECT_DOUBLE_EQ(after.performance.ok_per_second, before.performance.ok_per_second);
  ASSERT_EQ(after.verdicts[0].counterexamples.size(), 2U);
  const Counterexample& shown = after.verdicts[0].counterexamples[1];
  EXPECT_EQ(shown.calls[1].returned, Nanos::max());
  EXPECT_EQ(shown.calls[1].outcome, Kind::info);
  EXPECT_EQ(shown.blocked[1].reason, "needs 3, but the register holds 4");
}

TEST(ResultsJson, ADifferenceInAnyFieldIsADifferenceInTheFile) {
  const Results before = samples::invalid();
  const std::string written = results_to_json(before);
  std::vector<Results> changed(19, before);
  changed[0].cause = "x";
  changed[1].faults[0].verified_healed = false;
  changed[2].verdicts[0].exact = false;
  changed[3].verdicts[0].keys[2].unknown_calls = 77;
  changed[4].verdicts[0].dropped_calls = 1;
  changed[5].leaders[0].term = 9;
  changed[6].leader_changes = 9;
  changed[7].performance.outage_from += Nanos{1};
  changed[8].performance.bins[3].p95 += Nanos{1};
  changed[9].by_node["n1"].ok = 0;
  changed[10].verdicts[0].counterexamples[0].minimal = false;
  changed[11].faults[2].healed = never;
  changed[12].vacuous = {"x"};
  changed[13].time_limit = Nanos{1};
  changed[14].verdicts[0].guarantees[1].reason = "x";
  changed[15].verdicts[0].staleness->nodes[1].worst += Nanos{1};
  changed[16].verdicts[0].audit->needed[0].ops.push_back(5);
  changed[17].verdicts[0].keys[1].still_holds = "x";
  changed[18].verdicts[0].counterexamples[0].other_orders = {{{{0, "7"}}, {{2, "no"}}}};
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const std::string other = results_to_json(changed[i]);
    EXPECT_NE(other, written) << i;
    EXPECT_EQ(results_to_json(results_from_json(other)), other) << i;
  }
}

TEST(ResultsJson, WritesWhatNeverHappenedAsNull) {
  Results results;
  results.faults = {{"kill#1", "kill", "one"}};
  const std::string written = results_to_json(results);
  EXPECT_NE(written.find("\"applied_ns\": null"), std::string::npos);
  EXPECT_EQ(results_from_json(written).faults[0].applied, never);
}

TEST(ResultsJson, KeepsSeedsBeyondSignedNumbers) {
  Results results;
  results.seed = UINT64_MAX;
  EXPECT_EQ(results_from_json(results_to_json(results)).seed, UINT64_MAX);
}

TEST(ResultsJson, SurvivesBytesThatAreNoUtf8) {
  Results results;
  results.sentence = "a\xff\xfe\xc0\x80";
  results.errors = {{"b\xff", 1}, {"b\xfe", 2}};
  const Results after = results_from_json(results_to_json(results));
  EXPECT_EQ(after.sentence.front(), 'a');
  EXPECT_EQ(after.errors.size(), 2U) << "texts that differ in such bytes only stay two";
}

TEST(ResultsJson, RefusesAnotherSchemaAndSaysWhich) {
  const std::string text = results_to_json(Results{});
  EXPECT_NE(refusal(replaced(text, "clew.results/1", "clew.results/2")).find("clew.results/2"),
            std::string::npos);
  EXPECT_NE(refusal("{}").find("schema missing"), std::string::npos);
  EXPECT_NE(refusal("[]").find("schema missing"), std::string::npos);
}

TEST(ResultsJson, SaysWhereAFileIsWrong) {
  const std::string text = results_to_json(samples::invalid());
  EXPECT_NE(refusal(text.substr(0, 100)).find("no JSON at byte"), std::string::npos);
  EXPECT_NE(refusal(replaced(text, "\"applied_ns\": 10002000000", "\"applied_ns\": \"soon\""))
                .find("faults[0].applied_ns"),
            std::string::npos);
  EXPECT_NE(refusal(replaced(text, "\"verdict\": \"invalid\"", "\"verdict\": \"fine\""))
                .find("one of valid, unknown, invalid"),
            std::string::npos);
  EXPECT_NE(refusal(replaced(text, "\"seed\": 42", "\"seed\": -1")).find("seed"),
            std::string::npos);
  EXPECT_NE(refusal(replaced(text, "\"exit\": 1", "\"exit\": 99999999999")).find("exit"),
            std::string::npos);
}

TEST(ResultsJson, RefusesACounterexampleThatPointsOutOfItself) {
  Results results = samples::invalid();
  results.verdicts[0].counterexamples[0].order[0].call = 3;
  EXPECT_NE(refusal(results_to_json(results)).find("k17"), std::string::npos);
  results = samples::invalid();
  results.verdicts[0].counterexamples[0].other_orders = {{{{3, "7"}}, {}}};
  EXPECT_NE(refusal(results_to_json(results)).find("k17"), std::string::npos);
  results = samples::invalid();
  results.verdicts[0].counterexamples[0].calls[0].returned = Nanos{1};
  EXPECT_NE(refusal(results_to_json(results)).find("k17"), std::string::npos);
}

TEST(ResultsJson, PassesOverMembersItDoesNotKnow) {
  const std::string text =
      replaced(results_to_json(samples::valid()), "\"seed\": 42", "\"later\": [{}], \"seed\": 42");
  EXPECT_EQ(results_from_json(text).seed, 42U);
}

}  // namespace
}  // namespace clew
