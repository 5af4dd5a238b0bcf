// Whom a run tells what came out, on a real cluster.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "harness/atomic_file.h"
#include "harness/store.h"
#include "harness/value.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> short_run{"test",   "etcd",      "--nodes", "3",      "--time-limit",
                                         "1500ms", "--nemesis", "none",    "--seed", "5"};

class TellingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { missing_ = testing::missing_for_clusters(); }
  void SetUp() override {
    if (!missing_.empty()) GTEST_SKIP() << missing_;
    // As if no CI system were there, wherever these tests run.
    for (const char* name : {"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "GITHUB_STEP_SUMMARY"})
      ::unsetenv(name);
  }
  void TearDown() override {
    for (const char* name : {"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "GITHUB_STEP_SUMMARY"})
      ::unsetenv(name);
    ::setenv("PATH", path_.c_str(), 1);
  }

  CommandResult run(const std::vector<std::string>& more) {
    std::vector<std::string> words = short_run;
    words.insert(words.end(), more.begin(), more.end());
    return testing::clew(words, folder_.path());
  }
  std::string text(const std::string& name) const { return read_file(folder_.path() / name); }

  // An orphan may be a zombie for the moment until somebody reaps it.
  static bool runs(int pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    return !line.empty() && line.find(") Z ") == std::string::npos;
  }

  static inline std::string missing_;
  TemporaryFolder folder_;
  const std::string path_ = std::getenv("PATH");
};

TEST_F(TellingTest, OnFinishIsToldTheRunTheVerdictTheCodeAndTheReport) {
  const CommandResult result =
      run({"--on-finish", "env >told; cat >stdin; test -s \"$CLEW_REPORT\"; echo done", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const fs::path folder = fs::canonical(folder_.path() / "store/latest");
  for (const std::string& line :
       {"CLEW_RUN=" + folder.string(), std::string("CLEW_VERDICT=valid"),
        std::string("CLEW_EXIT=0"), "CLEW_REPORT=" + (folder / "report.html").string()})
    EXPECT_NE(("\n" + text("told")).find("\n" + line + "\n"), std::string::npos) << line << "\n"
                                                                                 << text("told");
  EXPECT_EQ(text("stdin"), read_file(folder / "results.json"));
  EXPECT_TRUE(parse_json(result.out).is_object()) << "what it prints goes elsewhere";
  EXPECT_NE(result.err.find("done\n"), std::string::npos);
  EXPECT_EQ(result.err.find("warning"), std::string::npos) << result.err;
  const RunInfo info = run_info_from_json(read_file(folder / "run.json"));
  EXPECT_EQ(info.repeat_command.find("on-finish"), std::string::npos) << info.repeat_command;
}

TEST_F(TellingTest, AnOnFinishThatFailsIsAWarningAndChangesNoExitCode) {
  const CommandResult result = run({"--on-finish", "exit 7"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("warning: --on-finish 'exit 7' exited with 7"), std::string::npos)
      << result.err;
}

TEST_F(TellingTest, AnOnFinishThatHangsIsKilledWithAllItStarted) {
  const CommandResult result =
      run({"--on-finish", "sleep 1000 & echo $! >pid; sleep 1000", "--on-finish-limit", "500ms"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("was not done in 500 ms and was killed"), std::string::npos)
      << result.err;
  EXPECT_FALSE(runs(std::stoi(text("pid"))));
}

TEST_F(TellingTest, AnOnFinishDoesNotOutliveAClewThatIsKilled) {
  SpawnOptions options{.argv = short_run};
  options.argv.insert(options.argv.begin(), CLEW_BINARY);
  options.argv.insert(options.argv.end(),
                      {"--on-finish", "sleep 1000 & echo $! >part; mv part pid; sleep 1000"});
  for (const char* name : {"PATH", "HOME", "CLEW_CACHE", "XDG_CACHE_HOME"})
    if (const char* value = std::getenv(name))
      options.env.push_back(std::string(name) + "=" + value);
  options.cwd = folder_.path();
  const Process clew(options);
  const Deadline deadline = Clock::now() + std::chrono::seconds(60);
  while (!fs::exists(folder_.path() / "pid") && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const int sleeper = std::stoi(text("pid"));
  ASSERT_EQ(::kill(sleeper, 0), 0);
  ASSERT_EQ(::kill(clew.pid(), SIGKILL), 0);
  while (runs(sleeper) && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(runs(sleeper));
}

TEST_F(TellingTest, AnOnFinishIsToldOfARunWhoseClusterDidNotStart) {
  const CommandResult result = run({"--on-finish", "env >told", "--node-arg=--no-such-option"});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_NE(text("told").find("CLEW_VERDICT=error\n"), std::string::npos);
  EXPECT_NE(text("told").find("CLEW_EXIT=4\n"), std::string::npos);
}

const std::vector<std::string> a_gate_that_fails{"--gate", "p99<1us"};

TEST_F(TellingTest, GithubGetsOneAnnotationAndTheSummary) {
  ::setenv("GITHUB_ACTIONS", "true", 1);
  ::setenv("GITHUB_STEP_SUMMARY", (folder_.path() / "summary").c_str(), 1);
  std::ofstream(folder_.path() / "summary") << "# before\n";
  const CommandResult result = run(a_gate_that_fails);
  ASSERT_EQ(result.exit_code, 3) << result.err;
  const std::string start = "\n::error title=clew%3A GATE FAILED%3A etcd";
  EXPECT_NE(result.err.find(start), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("\n::", result.err.find(start) + 1), std::string::npos) << result.err;
  EXPECT_EQ(result.out.find("::error"), std::string::npos);
  EXPECT_EQ(text("summary"),
            "# before\n" + read_file(folder_.path() / "store/latest/summary.md") + "\n");
}

TEST_F(TellingTest, APassIsNoAnnotationAndNoneMeansNone) {
  ::setenv("GITHUB_ACTIONS", "true", 1);
  EXPECT_EQ(run({}).err.find("::error"), std::string::npos);
  std::vector<std::string> words = a_gate_that_fails;
  words.insert(words.end(), {"--ci", "none"});
  EXPECT_EQ(run(words).err.find("::error"), std::string::npos);
  EXPECT_NE(run({"--ci", "gihub"}).err.find("did you mean 'github'?"), std::string::npos);
}

TEST_F(TellingTest, SeveralRunsCanBeFoldedInEachLog) {
  ::setenv("GITLAB_CI", "true", 1);
  const CommandResult result = run({"--test-count", "2"});
  for (const std::string part : {"section_start:", ":clew_1[collapsed=true]\r\033[0Krun 1 of 2\n",
                                 ":clew_2[collapsed=true]\r\033[0Krun 2 of 2\n", ":clew_2\r"})
    EXPECT_NE(result.err.find(part), std::string::npos) << part << result.err;
  EXPECT_NE(run({"--test-count", "2", "--ci", "github"}).err.find("::group::run 2 of 2\n"),
            std::string::npos);
  EXPECT_NE(run({"--test-count", "2", "--ci", "buildkite"}).err.find("--- run 2 of 2\n"),
            std::string::npos);
}

TEST_F(TellingTest, BuildkitesAgentIsGivenTheSummary) {
  // The agent that a Buildkite machine has in its PATH; this one keeps what it is given.
  const fs::path agent = folder_.path() / "buildkite-agent";
  std::ofstream(agent) << "#!/bin/sh\necho \"$@\" >words\ncat >body\n";
  fs::permissions(agent, fs::perms::owner_all);
  ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  ::setenv("BUILDKITE", "true", 1);
  ASSERT_EQ(run(a_gate_that_fails).exit_code, 3);
  EXPECT_EQ(text("words"), "annotate --append --context clew --style error\n");
  EXPECT_EQ(text("body"), read_file(folder_.path() / "store/latest/summary.md"));
}

}  // namespace
}  // namespace clew
