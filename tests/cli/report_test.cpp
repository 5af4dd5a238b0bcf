// What the report of a run on disk says and leaves out.

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "harness/history_file.h"
#include "harness/store.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class ReportTest : public ::testing::Test {
 protected:
  // A run of one client on three keys: each is written and read in turn, and the last read of k1
  // returns what was overwritten before.
  void record(int rounds, bool lies = true) {
    fs::create_directories(run());
    RunInfo info{};
    info.name = "job", info.system = "etcd", info.workload = "register", info.nemesis = "none";
    info.nodes = {"n1"}, info.concurrency = 1;
    std::ofstream(run() / "run.json") << run_info_to_json(info);
    std::ofstream out(run() / "history.jsonl");
    std::int64_t index = 0;
    const auto event = [&](const char* type, const char* f, int key, const std::string& value) {
      out << R"({"index":)" << index << R"(,"time":)"
          << 1'000'003 * index + index * index % 7919 * 101 << R"(,"process":0,"type":")" << type
          << R"(","f":")" << f << R"(","key":"k)" << key << R"(","value":)" << value
          << R"(,"node":"n1"})"
          << "\n";
      ++index;
    };
    for (int round = 1; round <= rounds; ++round)
      for (int key = 0; key < 3; ++key) {
        const std::string value = std::to_string(7919 * round + key);
        event("invoke", "write", key, value);
        event("ok", "write", key, value);
        const bool stale = lies && round == rounds && key == 1;
        event("invoke", "read", key, "null");
        event("ok", "read", key, stale ? std::to_string(7919 * (round - 1) + key) : value);
      }
  }
  fs::path run() const { return folder_.path() / "store/job" / stamp_; }
  std::string page() const { return testing::whole(run() / "report.html"); }
  CommandResult clew(const std::vector<std::string>& words) {
    return testing::clew(words, folder_.path());
  }
  TemporaryFolder folder_;
  std::string stamp_ = "20261123T000000.000Z";
};

std::string unescaped(std::string text) {
  for (const auto& [from, to] : {std::pair{"&quot;", "\""}, std::pair{"&lt;", "<"},
                                 std::pair{"&gt;", ">"}, std::pair{"&amp;", "&"}})
    text = std::regex_replace(text, std::regex(from), to);
  return text;
}

TEST_F(ReportTest, ACounterexampleCanBeTakenAlongAsATest) {
  record(20);
  ASSERT_EQ(clew({"check", run().string()}).exit_code, 1);
  const std::string text = page();
  std::smatch found;
  ASSERT_TRUE(std::regex_search(
      text, found, std::regex("<code>\\./clew ([^<]*)</code>\\.</p>\n<pre>([^<]*)</pre>")));
  std::ofstream(folder_.path() / "counterexample.jsonl") << unescaped(found[2]);
  std::istringstream words(unescaped(found[1]));
  const CommandResult again = clew({std::istream_iterator<std::string>(words), {}});
  EXPECT_EQ(again.exit_code, 1) << again.out << again.err;
  const std::size_t events = read_history_file(folder_.path() / "counterexample.jsonl").ops.size();
  EXPECT_EQ(events, 6U) << found[2];  // The two writes, and the read of the first.
}

TEST_F(ReportTest, TheEarlierRunsOfTheJobAreThereAndTheLaterOnesAreNot) {
  for (const char* stamp :
       {"20261121T000000.000Z", "20261122T000000.000Z", "20261124T000000.000Z"}) {
    stamp_ = stamp;
    record(5, stamp_ != "20261121T000000.000Z");
    clew({"check", run().string()});
  }
  stamp_ = "20261123T000000.000Z";
  record(5);
  ASSERT_EQ(clew({"check", run().string()}).exit_code, 1);
  const std::string text = page();
  EXPECT_NE(text.find("The last 3 runs of this job"), std::string::npos);
  EXPECT_NE(text.find("Violations: 2 of 3, 66.7 %"), std::string::npos)
      << text.substr(text.find("id=\"trend\""), 1500);
  EXPECT_NE(text.find("2026-11-21 00:00:00"), std::string::npos);
  EXPECT_EQ(text.find("2026-11-24 00:00:00"), std::string::npos);
}

TEST_F(ReportTest, APageThatWouldBeTooLargeLeavesOutWhatMattersLeastAndSaysSo) {
  record(30'000);
  ASSERT_EQ(clew({"check", run().string()}).exit_code, 1);
  const std::size_t all = page().size();
  ASSERT_GT(all, 1'000'000U);
  EXPECT_EQ(page().find("Left out, to keep this page small"), std::string::npos);
  const CommandResult result = clew({"report", run().string(), "--report-max-mb", "1"});
  ASSERT_EQ(result.exit_code, 1) << result.err;
  EXPECT_LE(page().size(), 1'000'000U);
  std::smatch found;
  const std::string text = page();
  ASSERT_TRUE(
      std::regex_search(text, found, std::regex("Left out, to keep this page small: [^<]*")));
  EXPECT_NE(text.find("180,000"), std::string::npos);  // The totals stay.
  EXPECT_NE(text.find("id=\"bad-1\""), std::string::npos);
}

}  // namespace
}  // namespace clew
