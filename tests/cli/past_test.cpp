// Whether a failure is new, known or returned, against the runs of a store.

#include "harness/cli/past.h"

#include <gtest/gtest.h>

#include <fstream>

#include "reports/fingerprint.h"
#include "tests/support/sample_results.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::string failure = "etcd:register:cas-register:stale-read:partition";

class PastTest : public ::testing::Test {
 protected:
  // A run of that day in the store.
  void ran(const std::string& day, Results results, const std::string& plan = "clew test etcd") {
    const fs::path folder = job_ / (day + "T031500.120Z");
    fs::create_directories(folder);
    results.repeat_command = plan + " --seed=" + day;
    std::ofstream(folder / "results.json") << results_to_json(results);
  }
  // What `failure` is on the last day of the month, for runs with `window` seeds.
  Novelty now(std::size_t window = 1) const {
    Past past("20260228T000000.000Z");
    Results run = samples::invalid();
    run.repeat_command = "clew test etcd --seed=1";
    return past.novelty(job_, run, failure, window);
  }

  TemporaryFolder folder_;
  fs::path job_ = folder_.path() / "store/etcd-register";
};

TEST_F(PastTest, AFailureThatNoEarlierRunHadIsNew) {
  EXPECT_EQ(now(), Novelty::fresh);
  ran("20260214", samples::valid());
  ran("20260215", samples::unknown());
  EXPECT_EQ(now(), Novelty::fresh);
  ran("20260228", samples::invalid());  // Of this matrix, not before it.
  EXPECT_EQ(now(), Novelty::fresh);
}

TEST_F(PastTest, OneOfTheLastRunsIsKnown) {
  ran("20260213", samples::valid());
  ran("20260214", samples::invalid());
  EXPECT_EQ(now(), Novelty::known);
}

TEST_F(PastTest, OneThatHadGoneIsReturned) {
  ran("20260214", samples::invalid());
  ran("20260215", samples::valid());
  EXPECT_EQ(now(), Novelty::returned);
  EXPECT_EQ(now(2), Novelty::known) << "of two seeds a night one may pass";
  ran("20260216", samples::valid());
  EXPECT_EQ(now(2), Novelty::returned);
}

TEST_F(PastTest, RunsOfOtherPlansNeitherHideNorEndIt) {
  ran("20260214", samples::invalid());
  ran("20260215", samples::valid(), "clew test etcd --nodes=3");
  EXPECT_EQ(now(), Novelty::known);
  fs::remove_all(job_);
  ran("20260214", samples::invalid(), "clew test etcd --nodes=3");
  ran("20260215", samples::valid());
  EXPECT_EQ(now(), Novelty::known) << "seen, though under another plan";
}

TEST_F(PastTest, WhatCannotBeReadIsPassedOver) {
  ran("20260214", samples::invalid());
  fs::create_directories(job_ / "20260215T000000.000Z");
  std::ofstream(job_ / "20260215T000000.000Z/results.json") << "{";
  fs::create_directories(job_ / "20260216T000000.000Z");
  fs::create_directory_symlink("20260214T031500.120Z", job_ / "latest");
  EXPECT_EQ(now(), Novelty::known);
}

}  // namespace
}  // namespace clew
