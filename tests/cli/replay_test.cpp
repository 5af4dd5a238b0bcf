// Schedules as data: printed, played from a file, played again.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

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

TEST_F(Replay, AsJsonItTellsEachRunAndThenHowTheyAgree) {
  std::ofstream(folder_.path() / "s.toml") << "[[fault]]\nid = \"stop\"\nfault = \"pause\"\ntarget "
                                              "= \"n1\"\nat = \"500ms\"\nlasts = \"500ms\"\n";
  const CommandResult first = clew({"test", "etcd", "--nodes", "3", "--schedule", "s.toml",
                                    "--time-limit", "2", "--progress", "json"});
  if (first.exit_code == 4) GTEST_SKIP() << first.err;
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  std::istringstream said(first.err);
  std::set<std::string> phases;
  bool applied = false;
  for (std::string line; std::getline(said, line);) {
    if (line.rfind("clew", 0) == 0) continue;        // The two lines before it starts.
    const auto event = nlohmann::json::parse(line);  // Throws if it is none.
    phases.insert(event.at("phase"));
    applied = applied || event.value("text", "").find("pause") != std::string::npos;
  }
  EXPECT_TRUE(phases.contains("load")) << first.err;
  EXPECT_TRUE(applied) << first.err;
  const CommandResult again = clew({"replay", "latest", "--test-count", "2", "--json", "--quiet"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.err, "");
  std::istringstream documents(again.out);
  std::vector<std::string> schemas;
  for (nlohmann::json each; documents >> std::ws && !documents.eof();) {
    documents >> each;
    schemas.push_back(each.at("schema"));
  }
  EXPECT_EQ(schemas,
            (std::vector<std::string>{"clew.results/1", "clew.results/1", "clew.replay/1"}));
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
