#include "reports/remarks.h"

#include <gtest/gtest.h>

#include "tests/support/sample_results.h"

namespace clew {
namespace {

Results with(const Verdict& verdict) {
  Results results;
  results.verdicts = {verdict};
  return results;
}

std::vector<std::string> said(const Verdict& verdict) { return remarks(with(verdict)); }

TEST(Remarks, SayNothingOfAVerdictThatHasNone) { EXPECT_TRUE(remarks(samples::valid()).empty()); }

TEST(Remarks, SequentialConsistencyStandsForAllThatFollowsFromIt) {
  Verdict verdict;
  for (const char* name : {"sequential consistency", "monotonic reads", "monotonic writes"})
    verdict.guarantees.push_back({name, Outcome::valid, "", ""});
  EXPECT_EQ(said(verdict),
            std::vector<std::string>{"Still holds: sequential consistency per key."});
}

TEST(Remarks, ASingleStaleReadAndNone) {
  Verdict verdict;
  verdict.staleness.emplace().all = {"", 9'800, 1, Nanos(3'200'000'000), Nanos(3'200'000'000)};
  EXPECT_EQ(said(verdict), std::vector<std::string>{"1 of 9,800 reads was stale, by up to 3.2 s."});
  verdict.staleness->all = {"", 1, 0, {}, {}};
  EXPECT_EQ(said(verdict), std::vector<std::string>{"None of 1 read was certainly stale."});
}

TEST(Remarks, NameWhatTheWholeVerdictRestsOn) {
  Verdict verdict;
  Audit& audit = verdict.audit.emplace();
  audit.keys = audit.resting = 1;
  audit.whole = true;
  audit.needed = {{"write", "request timed out", 3, {4, 9, 11}}};
  EXPECT_EQ(said(verdict),
            std::vector<std::string>{
                "The verdict rests on 3 answers taken as definite failures: fail write 'request "
                "timed out' x 3 (op 4, 9, 11). With these as unknown there is an order."});
}

TEST(Remarks, SayWhenAVerdictRestsOnNoFailure) {
  Verdict verdict;
  verdict.audit.emplace().keys = 1;
  EXPECT_EQ(said(verdict),
            std::vector<std::string>{"The verdict rests on no answer taken as a definite failure: "
                                     "it is the same with all of them unknown."});
}

TEST(Remarks, WhatASystemSentIsSafeToShow) {
  Verdict verdict;
  Audit& audit = verdict.audit.emplace();
  audit.keys = audit.resting = 1;
  audit.needed = {{"write\x1b[31m", "a\nb\x01", 1, {}}};
  verdict.guarantees = {{"monotonic reads", Outcome::invalid, "read \x1b]0;x\x07", "k\x1b"}};
  for (const std::string& line : said(verdict))
    for (const char c : line) EXPECT_FALSE(c >= 0 && c < ' ') << line;
}

}  // namespace
}  // namespace clew
