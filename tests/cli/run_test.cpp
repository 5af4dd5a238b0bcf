// Whole runs against a real etcd cluster, as a user starts them. Skipped where
// namespaces or the etcd package are not to be had.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "harness/atomic_file.h"
#include "harness/lab/fuse_disk.h"
#include "harness/value.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

using testing::whole;

class RunTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { missing_ = testing::missing_for_clusters(); }
  void SetUp() override {
    if (!missing_.empty()) GTEST_SKIP() << missing_;
  }

  // Starts clew in the background; what it prints goes to a file.
  std::unique_ptr<Process> start(std::vector<std::string> words) {
    words.insert(words.begin(), {CLEW_BINARY, "test", "etcd"});
    SpawnOptions options{.argv = std::move(words)};
    for (const char* name : {"PATH", "HOME", "CLEW_CACHE", "XDG_CACHE_HOME"})
      if (const char* value = std::getenv(name))
        options.env.push_back(std::string(name) + "=" + value);
    options.log = folder_.path() / "output";
    options.cwd = folder_.path();
    return std::make_unique<Process>(options);
  }

  fs::path store() const { return folder_.path() / "store"; }
  fs::path latest() const { return store() / "latest"; }

  bool wait_for_history(std::size_t bytes) const {
    const Deadline deadline = Clock::now() + std::chrono::seconds(30);
    std::error_code error;
    while (Clock::now() < deadline) {
      if (fs::exists(latest() / "history.jsonl", error) &&
          fs::file_size(latest() / "history.jsonl", error) > bytes)
        return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  // Processes whose command line names this test's folder; the caller and its like excepted.
  std::set<std::string> left_over() const {
    std::set<std::string> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const std::string command = whole(entry.path() / "cmdline");
      if (command.find(folder_.path().string()) != std::string::npos)
        found.insert(name + " " + command.substr(0, 60));
    }
    std::istringstream mounts(whole("/proc/self/mounts"));
    for (std::string line; std::getline(mounts, line);)
      if (line.find(folder_.path().string()) != std::string::npos) found.insert("mount " + line);
    return found;
  }

  // Of the processes with this in their command line, and this test's folder.
  std::vector<pid_t> pids_of(const std::string& program) const {
    std::vector<pid_t> pids;
    for (const std::string& each : left_over())
      if (each.find(program) != std::string::npos && !each.starts_with("mount "))
        pids.push_back(std::atoi(each.c_str()));
    return pids;
  }

  static std::set<std::string> interfaces() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator("/sys/class/net"))
      names.insert(entry.path().filename());
    return names;
  }

  bool nothing_left() const {
    const Deadline deadline = Clock::now() + std::chrono::seconds(5);
    while (!left_over().empty() && Clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (const std::string& each : left_over()) ADD_FAILURE() << "left behind: " << each;
    return left_over().empty();
  }

  TemporaryFolder folder_;
  static std::string missing_;
};

std::string RunTest::missing_;

TEST_F(RunTest, AHealthyClusterUnderFaultsIsValidAndTheRunCanBeJudgedAgain) {
  const auto before = interfaces();
  const CommandResult result =
      testing::clew({"test", "etcd", "--time-limit", "12", "--seed", "7"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  for (const char* name : {"run.json", "history.jsonl", "schedule.jsonl", "results.json",
                           "report.html", "junit.xml", "summary.md", "nodes/n1/log"})
    EXPECT_TRUE(fs::exists(latest() / name)) << name;
  const Value results = parse_json(whole(latest() / "results.json"));
  EXPECT_EQ(results.find("verdict")->as_text(), "valid");
  EXPECT_GE(results.find("faults")->as_list().size(), 2U);
  const CommandResult again = testing::clew({"check", "latest"}, folder_.path());
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_EQ(testing::clew({"report", "latest"}, folder_.path()).exit_code, 0);
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(interfaces(), before);
}

TEST_F(RunTest, StaleReadsAreCaught) {
  const CommandResult result =
      testing::clew({"test", "etcd", "--serializable", "--nemesis", "partition", "--time-limit",
                     "15", "--concurrency", "4n"},
                    folder_.path());
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_NE(result.out.find("Stale read on key"), std::string::npos) << result.out;
}

TEST_F(RunTest, FailFastEndsAtTheFirstViolationAndKeepsTheData) {
  const auto begin = std::chrono::steady_clock::now();
  const CommandResult result =
      testing::clew({"test", "etcd", "--serializable", "--nemesis", "partition", "--time-limit",
                     "60", "--concurrency", "4n", "--fail-fast"},
                    folder_.path());
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(55));
  EXPECT_NE(result.err.find("VIOLATION on key"), std::string::npos) << result.err;
  for (const char* node : {"n1", "n2", "n3", "n4", "n5"})
    EXPECT_FALSE(fs::is_empty(latest() / "nodes" / node / "data-at-violation")) << node;
  EXPECT_TRUE(nothing_left());
}

TEST_F(RunTest, AFaultThatCouldNotBeAppliedMakesTheRunVacuous) {
  // A cluster of one has no links to cut.
  const CommandResult result =
      testing::clew({"test", "etcd", "--nodes", "1", "--nemesis", "partition", "--time-limit", "8"},
                    folder_.path());
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_NE(result.out.find("vacuous"), std::string::npos) << result.out;
}

TEST_F(RunTest, CtrlCJudgesWhatWasRecorded) {
  const auto clew = start({"--time-limit", "60"});
  ASSERT_TRUE(wait_for_history(100'000)) << whole(folder_.path() / "output");
  ::kill(clew->pid(), SIGINT);
  ASSERT_TRUE(clew->await(Life::gone, Clock::now() + std::chrono::seconds(30)));
  EXPECT_EQ(clew->status().ending, "exited with 130");
  EXPECT_TRUE(fs::exists(latest() / "results.json"));
  EXPECT_TRUE(fs::exists(latest() / "report.html"));
  EXPECT_TRUE(nothing_left());
}

TEST_F(RunTest, ADiskThatGoesAwayIsNoFaultOfTheClusterAndGivesNoVerdict) {
  if (const std::string why = FuseDisk::why_not(); !why.empty()) GTEST_SKIP() << why;
  const auto clew = start({"--nemesis", "disk:slow-fsync", "--time-limit", "8"});
  ASSERT_TRUE(wait_for_history(50'000)) << whole(folder_.path() / "output");
  const auto disks = pids_of("clew-disk");
  ASSERT_EQ(disks.size(), 5U);
  ::kill(disks.front(), SIGKILL);
  ASSERT_TRUE(clew->await(Life::gone, Clock::now() + std::chrono::seconds(60)));
  EXPECT_EQ(clew->status().ending, "exited with 4");
  const std::string output = whole(folder_.path() / "output");
  EXPECT_NE(output.find("is gone: its server killed by SIGKILL"), std::string::npos) << output;
  EXPECT_GT(fs::file_size(latest() / "history.jsonl"), 50'000U);
  EXPECT_TRUE(nothing_left());
}

TEST_F(RunTest, ThePowerFailsInTheMiddleOfAnFsyncThatAScheduleNames) {
  if (const std::string why = FuseDisk::why_not(); !why.empty()) GTEST_SKIP() << why;
  const std::string schedule =
      std::string(CLEW_SOURCE_DIR) + "/nemesis/schedules/power-fails-in-fsync.toml";
  const CommandResult result =
      testing::clew({"test", "etcd", "--schedule", schedule, "--time-limit", "15"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  const Value results = parse_json(whole(latest() / "results.json"));
  const Value::List& faults = results.find("faults")->as_list();
  ASSERT_EQ(faults.size(), 2U);
  for (const Value& fault : faults) {
    EXPECT_NE(fault.find("cause")->as_text().find(".wal at n"), std::string::npos);
    EXPECT_NE(fault.find("evidence")->as_text().find("in the middle of an fsync"),
              std::string::npos)
        << fault.find("evidence")->as_text();
  }
}

// As many times as CLEW_KILLS says; 4 by default.
TEST_F(RunTest, KilledAtAnyMomentItLeavesNothingBehindAndAHistoryThatCanBeJudged) {
  const char* given = std::getenv("CLEW_KILLS");
  const int times = given == nullptr ? 4 : std::atoi(given);
  const auto before = interfaces();
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < times; ++i) {
    std::error_code error;
    fs::remove_all(store(), error);
    const auto clew = start({"--time-limit", "30", "--nemesis-interval", "1s"});
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<int>(0, 6000)(random)));
    ::kill(clew->pid(), SIGKILL);
    ASSERT_TRUE(clew->await(Life::gone, Clock::now() + std::chrono::seconds(5)));
    EXPECT_TRUE(nothing_left());
    EXPECT_EQ(interfaces(), before);
    if (!fs::exists(latest() / "history.jsonl", error)) continue;
    const CommandResult judged = testing::clew({"check", "latest"}, folder_.path());
    // Unknown where nothing had succeeded yet, or no fault had come.
    EXPECT_TRUE(judged.exit_code == 0 || judged.exit_code == 2) << judged.out << judged.err;
  }
}

}  // namespace
}  // namespace clew
