#include "reports/fingerprint.h"

#include <gtest/gtest.h>

#include "reports/assemble.h"
#include "reports/wilson.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

using Texts = std::vector<std::string>;

TEST(Fingerprint, NamesWhatFailedAndUnderWhichFault) {
  EXPECT_EQ(fingerprints(samples::invalid()),
            (Texts{"etcd:register:cas-register:lost-update:partition",
                   "etcd:register:cas-register:stale-read:partition"}));
  EXPECT_EQ(fingerprints(samples::unknown()), Texts{"etcd:register:-:unknown-time-limit:-"});
  EXPECT_EQ(fingerprints(samples::vacuous()), Texts{"etcd:register:-:unknown-vacuous:-"});
  EXPECT_EQ(fingerprints(samples::valid()), Texts{});
}

TEST(Fingerprint, StaysTheSameFromRunToRun) {
  Results other = samples::invalid();
  other.seed = 7;
  other.nodes = {"n1"};
  other.started = "20270101T000000.000Z";
  for (Counterexample& shown : other.verdicts[0].counterexamples) {
    for (KeyVerdict& key : other.verdicts[0].keys)
      if (key.key == shown.key) key.key += " of another run";
    shown.key += " of another run";
    for (ShownCall& call : shown.calls) call.text = "something else", call.index += 1000;
  }
  EXPECT_EQ(fingerprints(other), fingerprints(samples::invalid()));
}

TEST(Fingerprint, BlamesTheFaultThatWasHealedLastWhereNoneIsInForce) {
  Results later = samples::invalid();
  later.verdicts[0].counterexamples.resize(1);
  later.verdicts[0].keys.resize(1);
  for (ShownCall& call : later.verdicts[0].counterexamples[0].calls) {
    call.invoked += std::chrono::seconds(15);
    call.returned += std::chrono::seconds(15);
  }
  EXPECT_EQ(fingerprints(later), Texts{"etcd:register:cas-register:stale-read:kill"});
  later.faults.clear();
  EXPECT_EQ(fingerprints(later), Texts{"etcd:register:cas-register:stale-read:quiet"});
}

TEST(Fingerprint, ForgetsNothingThatIsWrong) {
  Results results = samples::invalid();
  results.verdicts[0].keys[0].outcome = Outcome::invalid;  // Without a counterexample.
  results.verdicts[0].keys[1].outcome = Outcome::unknown;
  results.verdicts[0].keys[1].cause = "memory limit";
  results.gates = {{.text = "p99<1ms", .name = "p99", .limit = std::chrono::milliseconds(1)}};
  conclude(results, true);
  EXPECT_EQ(fingerprints(results),
            (Texts{"etcd:register:-:gate-p99:-", "etcd:register:-:unknown-memory-limit:-",
                   "etcd:register:cas-register:lost-update:partition",
                   "etcd:register:cas-register:stale-read:partition",
                   "etcd:register:cas-register:unclassified:-"}));
}

TEST(Fingerprint, AViolationIsNotVacuousToo) {
  Results results = samples::invalid();
  results.verdicts[1].outcome = Outcome::unknown;
  results.verdicts[1].cause = "vacuous: no cas succeeded";
  results.faults.clear();
  conclude(results, true);
  ASSERT_FALSE(results.vacuous.empty());
  EXPECT_EQ(fingerprints(results), (Texts{"etcd:register:cas-register:lost-update:quiet",
                                          "etcd:register:cas-register:stale-read:quiet"}));
}

TEST(Fingerprint, EveryRunThatIsNoPassHasOneAndItHasFiveParts) {
  for (const auto& [name, results] : samples::all()) {
    const Texts found = fingerprints(results);
    EXPECT_EQ(found.empty(), results.exit_code == 0) << name;
    for (const std::string& text : found) {
      EXPECT_EQ(std::count(text.begin(), text.end(), ':'), 4) << name << " " << text;
      EXPECT_EQ(text.find_first_of(" \n\"'<>*"), std::string::npos) << name << " " << text;
    }
  }
}

TEST(Fingerprint, PatternsFitAllOrNothing) {
  const std::string text = "etcd:register:cas-register:stale-read:partition";
  for (const std::string good :
       {"*", "etcd:*", "*:partition", "etcd:*:stale-read:*", "*stale*", "etcd:register*:partition",
        "etcd:register:cas-register:stale-read:partition", "**e*n"})
    EXPECT_TRUE(fits(good, text)) << good;
  for (const std::string bad : {"", "etcd", "etcd:*:kill", "partition", "*:partition:", "?tcd:*",
                                "etcd:*:lost-update:*", "ETCD:*"})
    EXPECT_FALSE(fits(bad, text)) << bad;
  EXPECT_TRUE(fits("", ""));
  EXPECT_TRUE(fits("*", ""));
}

// Of published tables: Wilson's interval, 95 %.
TEST(Wilson, IsTheIntervalOfTheTables) {
  const auto near = [](const Rate& rate, double low, double high) {
    EXPECT_NEAR(rate.low(), low, 5e-4) << rate.hits;
    EXPECT_NEAR(rate.high(), high, 5e-4) << rate.hits;
  };
  near({3, 5}, 0.2307, 0.8824);
  near({0, 10}, 0, 0.2775);
  near({10, 10}, 0.7225, 1);
  near({1, 1}, 0.2065, 1);
  near({3, 212}, 0.0048, 0.0408);
  near({0, 0}, 0, 1);
  EXPECT_EQ(rate_text({3, 5}), "3 of 5, 60.0 % [23.1 %, 88.2 %]");
  EXPECT_EQ(rate_text({0, 0}), "0 of 0");
}

}  // namespace
}  // namespace clew
