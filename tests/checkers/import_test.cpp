#include "checkers/import.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "harness/error.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

fs::path histories() {
  const char* given = std::getenv("CLEW_HISTORIES");
  return given != nullptr ? fs::path(given) : fs::path(CLEW_SOURCE_DIR) / "../shared/histories";
}

TEST(Import, TheRecordedEtcdHistoriesGetTheirKnownVerdicts) {
  const fs::path folder = histories() / "porcupine-etcd";
  if (!fs::exists(folder / "EXPECTED"))
    GTEST_SKIP() << "no recorded histories at " << folder << "; CLEW_HISTORIES names another place";
  std::ifstream expected(folder / "EXPECTED");
  int judged = 0;
  for (std::string name, verdict; expected >> name >> verdict; ++judged) {
    const History history = load_history(text_of(folder / name), FailMeans::observed);
    for (const unsigned threads : {1U, 2U, 8U}) {
      const Verdict found = linearizable<CasRegister>()->check(history, {.threads = threads}, {});
      EXPECT_EQ(found.outcome, verdict == "linearizable" ? Outcome::valid : Outcome::invalid)
          << name;
    }
  }
  EXPECT_GE(judged, 50);
}

TEST(Import, AFailedCasIsAnObservationOrNothingAsAsked) {
  const std::string log =
      "INFO  jepsen.util - 0\t:invoke\t:write\t1\n"
      "INFO  jepsen.util - 0\t:ok\t:write\t1\n"
      "INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]\n"
      "INFO  jepsen.util - 1\t:fail\t:cas\t[1 2]\n";
  const auto judge = [&](FailMeans means) {
    return linearizable<CasRegister>()->check(load_history(log, means), {}, {}).outcome;
  };
  EXPECT_EQ(judge(FailMeans::observed), Outcome::invalid);
  EXPECT_EQ(judge(FailMeans::absent), Outcome::valid);
}

TEST(Import, AProcessThatGoesOnAfterAnInfoGetsAFreshNumber) {
  const std::string log =
      "INFO  jepsen.util - 0\t:invoke\t:write\t1\n"
      "INFO  jepsen.util - 0\t:info\t:write\t:timed-out\n"
      "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 0\t:ok\t:read\t1\n";
  const History history = load_history(log, FailMeans::observed);
  EXPECT_NE(history.ops()[0].process, history.ops()[2].process);
  EXPECT_EQ(linearizable<CasRegister>()->check(history, {}, {}).outcome, Outcome::valid);
}

TEST(Import, WhatIsNoHistoryIsAUsageError) {
  EXPECT_THROW(load_history("hello\nworld\n", FailMeans::absent), UsageError);
  EXPECT_THROW(load_history("INFO  jepsen.util - 0\t:maybe\t:read\tnil\n", FailMeans::absent),
               UsageError);
  EXPECT_THROW(load_history("INFO  jepsen.util - 0\t:ok\t:read\tnil\n", FailMeans::absent),
               UsageError);
  EXPECT_TRUE(load_history("", FailMeans::absent).empty());
}

TEST(Import, AClewHistoryCutInItsLastLineGivesTheWholeEventsBefore) {
  const std::string text =
      R"({"index":0,"time":1,"process":0,"type":"invoke","f":"read","value":null})"
      "\n"
      R"({"index":1,"time":2,"process":0,"type":"ok","f":"re)";
  EXPECT_EQ(load_history(text, FailMeans::absent).ops().size(), 1U);
}

}  // namespace
}  // namespace clew
