#include "reports/node_logs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The folder of a run whose clock began at 2026-11-23T14:44:36.000Z.
class RunFolder : public ::testing::Test {
 protected:
  RunFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("clew-node-logs-" + std::to_string(getpid()))) {
    results_.zero = seconds(1'795'445'076);
    results_.nodes = {"n1", "n2"};
    results_.duration = seconds(20);
  }
  ~RunFolder() override { std::filesystem::remove_all(path_); }

  void log(const std::string& node, const std::string& text) const {
    std::filesystem::create_directories(path_ / "nodes" / node);
    std::ofstream(path_ / "nodes" / node / "log", std::ios::app) << text << "\n";
  }
  void bend(const std::string& kind, const std::string& name, const std::string& value) {
    FaultRecord fault{.id = "clock#1", .fault = "clock", .kind = kind, .target = "one"};
    fault.parameters = {{name, value}};
    fault.applied = seconds(4);
    fault.healed = seconds(8);
    fault.verified = true;
    fault.hit = Value::object({{"nodes", Value::List{"n2"}}});
    results_.faults = {fault};
  }
  NodeLogs read(std::size_t most = 100) const { return read_node_logs(path_, results_, most); }

  std::filesystem::path path_;
  Results results_;
};

TEST_F(RunFolder, LinesAreOnTheClockOfTheRunAndInItsOrder) {
  log("n1",
      R"({"level":"warn","ts":"2026-11-23T14:44:38.250Z","caller":"a.go:1","msg":"slow","took":"1s"})");
  log("n2", "2026-11-23 14:44:37.5 I | raft: became leader");
  log("n2", "  and a line without a date");
  const NodeLogs logs = read();
  ASSERT_EQ(logs.lines.size(), 3U);
  EXPECT_EQ(logs.lines[0].at, milliseconds(1500));
  EXPECT_EQ(logs.lines[0].node, "n2");
  EXPECT_EQ(logs.lines[1].at, milliseconds(1500));
  EXPECT_EQ(logs.lines[2].at, milliseconds(2250));
  EXPECT_EQ(logs.lines[2].level, "warn");
  EXPECT_EQ(logs.lines[2].text, "slow took=1s");
  EXPECT_TRUE(logs.missing.empty());
}

TEST_F(RunFolder, AJumpOfTheClockIsTakenOffWhileItLasted) {
  bend("jump", "by", "+60s");
  log("n2", "2026-11-23T14:44:39.000Z before");
  log("n2", "2026-11-23T14:45:41.000Z during");
  log("n2", "2026-11-23T14:44:45.000Z after");
  const NodeLogs logs = read();
  ASSERT_EQ(logs.lines.size(), 3U);
  EXPECT_EQ(logs.lines[1].at, seconds(5));
  EXPECT_EQ(logs.lines[1].offset, seconds(60));
  EXPECT_EQ(logs.lines[0].offset, Nanos{0});
  EXPECT_EQ(logs.lines[2].at, seconds(9));
  EXPECT_EQ(logs.lines[2].offset, Nanos{0});
}

TEST_F(RunFolder, AStrobeBendsSomeLinesAndOthersNot) {
  bend("strobe", "by", "-452ms");
  log("n2", "2026-11-23T14:44:40.100Z straight");
  log("n2", "2026-11-23T14:44:39.700Z bent");
  const NodeLogs logs = read();
  ASSERT_EQ(logs.lines.size(), 2U);
  EXPECT_EQ(logs.lines[0].offset, Nanos{0});
  EXPECT_EQ(logs.lines[1].at, milliseconds(4152));
  EXPECT_EQ(logs.lines[1].offset, milliseconds(-452));
}

TEST_F(RunFolder, ADriftIsTakenOffInProportion) {
  bend("drift", "rate", "0.5");
  log("n2", "2026-11-23T14:44:43.000Z two seconds later");
  const NodeLogs logs = read();
  ASSERT_EQ(logs.lines.size(), 1U);
  EXPECT_EQ(logs.lines[0].at, seconds(6));
  EXPECT_EQ(logs.lines[0].offset, seconds(1));
}

TEST_F(RunFolder, OnlyTheNearestLinesAreKeptAndTheOthersCounted) {
  for (int i = 10; i < 50; ++i)
    log("n1", "2026-11-23T14:44:" + std::to_string(i) + ".000Z line " + std::to_string(i));
  const NodeLogs logs = read(5);
  EXPECT_EQ(logs.lines.size(), 5U);
  EXPECT_GT(logs.left_out, 0U);
  for (const LogLine& line : logs.lines)
    EXPECT_LE(std::chrono::abs(line.at - seconds(10)), seconds(3));
}

TEST_F(RunFolder, WhatIsMissingIsSaid) {
  EXPECT_EQ(read().missing, "the run's folder holds no logs of its nodes");
  results_.zero = Nanos{0};
  EXPECT_NE(read().missing.find("wall clock"), std::string::npos);
}

}  // namespace
}  // namespace clew
