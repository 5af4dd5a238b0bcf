// Schedules as data: printed, played from a file, played again.

#include <gtest/gtest.h>

#include <fstream>

#include "harness/atomic_file.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class Replay : public ::testing::Test {
 protected:
  CommandResult clew(const std::vector<std::string>& words) {
    return testing::clew(words, folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(Replay, ADryRunPrintsAScheduleThatCanBePlayedAndStartsNothing) {
  const CommandResult drawn =
      clew({"test", "etcd", "--nemesis", "all", "--seed", "9", "--dry-run"});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_NE(drawn.out.find("[[fault]]"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_.path() / "store"));
  std::ofstream(folder_.path() / "drawn.toml") << drawn.out;
  const CommandResult again =
      clew({"test", "etcd", "--schedule", "drawn.toml", "--seed", "9", "--dry-run"});
  EXPECT_EQ(again.out, drawn.out);
  const CommandResult other =
      clew({"test", "etcd", "--nemesis", "all", "--seed", "10", "--dry-run"});
  EXPECT_NE(other.out, drawn.out);
}

TEST_F(Replay, ARunIsPlayedAgainWithTheSameFaultsAtTheSameEvents) {
  std::ofstream(folder_.path() / "s.toml") << R"(
[[fault]]
id = "cut"
fault = "partition"
target = "leader"
on = { ack = "write", count = 50 }
lasts = "1500ms"

[[fault]]
id = "stop"
fault = "pause"
target = "not-hit:cut"
on = { healed = "cut" }
lasts = "300ms"
)";
  const CommandResult first =
      clew({"test", "etcd", "--schedule", "s.toml", "--time-limit", "5", "--seed", "4"});
  if (first.exit_code == 4) GTEST_SKIP() << first.err;
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  const fs::path run = fs::canonical(folder_.path() / "store/latest");
  EXPECT_TRUE(fs::exists(run / "schedule.toml"));
  const CommandResult again = clew({"replay", run.string(), "--test-count", "2"});
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_NE(again.out.find("How 2 runs of the same schedule agree"), std::string::npos);
  EXPECT_NE(again.out.find("applied 2, proven 2; hit: leader x2; set off by: ack x2"),
            std::string::npos)
      << again.out;
  EXPECT_NE(again.out.find("set off by: healed x2"), std::string::npos) << again.out;
  EXPECT_EQ(read_file(fs::canonical(folder_.path() / "store/latest") / "schedule.toml"),
            read_file(run / "schedule.toml"));
}

TEST_F(Replay, WhatIsNoRunIsTold) {
  const CommandResult result = clew({"replay", "nothing-here"});
  EXPECT_EQ(result.exit_code, 254);
}

TEST_F(Replay, ABadScheduleIsToldBeforeAnythingStarts) {
  std::ofstream(folder_.path() / "s.toml") << "[[fault]]\nfault = \"kil\"\nat = 1\nlasts = 1\n";
  const CommandResult result = clew({"test", "etcd", "--schedule", "s.toml"});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("s.toml:1: unknown fault 'kil'; did you mean 'kill'?"),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(fs::exists(folder_.path() / "store"));
}

}  // namespace
}  // namespace clew
