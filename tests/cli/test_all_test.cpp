// Matrices: what they say, how they are cut into shards, and real runs of them.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "harness/atomic_file.h"
#include "harness/value.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class TestAll : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "GITHUB_STEP_SUMMARY"})
      ::unsetenv(name);
  }
  void TearDown() override { SetUp(); }

  CommandResult test_all(const std::string& matrix, std::vector<std::string> words) {
    std::ofstream(folder_.path() / "m.toml") << matrix;
    words.insert(words.begin(), {"test-all", "m.toml"});
    return testing::clew(words, folder_.path());
  }
  fs::path batch() const { return fs::canonical(folder_.path() / "store/test-all/latest"); }
  std::string text(const std::string& name) const { return read_file(batch() / name); }

  TemporaryFolder folder_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

const std::string wide = R"(
seed = 7
[options]
time-limit = "30s"
[[matrix]]
system = "etcd"
workload = ["register", "lock"]
nemesis = ["none", "partition,kill:leader"]
seeds = 3
[[matrix]]
system = "etcd"
workload = "register"
seeds = [11, 12]
options = { serializable = true, time-limit = "10m", gate = ["p99<1s", "quorum"], rate = 100.5 }
)";

TEST_F(TestAll, ADryRunPrintsEachRunAsTheCommandThatItIs) {
  const CommandResult result = test_all(wide, {"--dry-run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 14U) << result.out;
  EXPECT_TRUE(
      lines[3].starts_with("[4/14] clew test etcd --workload=register "
                           "--nemesis=partition,kill:leader --time-limit=30s --seed="))
      << lines[3];
  EXPECT_EQ(lines[13],
            "[14/14] clew test etcd --workload=register '--gate=p99<1s' --gate=quorum "
            "--rate=100.5 --serializable --time-limit=10m --seed=12 --store=store");
  EXPECT_FALSE(fs::exists(folder_.path() / "store"));
  EXPECT_EQ(test_all(wide, {"--dry-run"}).out, result.out) << "the seed is in the file";
  EXPECT_NE(test_all(wide, {"--dry-run", "--seed", "8"}).out, result.out);
}

TEST_F(TestAll, TheSeedsOfAPlanStayWhenOthersComeAndGo) {
  const auto more =
      lines_of(test_all("[[matrix]]\nsystem = \"etcd\"\nworkload = \"watch\"\n" + wide.substr(10),
                        {"--dry-run", "--seed", "7"})
                   .out);
  const auto before = lines_of(test_all(wide, {"--dry-run"}).out);
  // The table of options came to stand below the new entry, and is one of the top level still.
  ASSERT_EQ(more.size(), before.size() + 1);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(more[i + 1].substr(more[i + 1].find(' ')), before[i].substr(before[i].find(' ')));
}

TEST_F(TestAll, ShardsHaveEachRunOnceAndAboutTheSameWork) {
  const auto whole = lines_of(test_all(wide, {"--dry-run"}).out);
  for (const int count : {2, 3, 5, 14}) {
    std::multiset<std::string> seen;
    for (int i = 1; i <= count; ++i) {
      const std::string shard = std::to_string(i) + "/" + std::to_string(count);
      const auto lines = lines_of(test_all(wide, {"--dry-run", "--shard", shard}).out);
      EXPECT_GE(lines.size(), 1U) << shard;
      // Two runs take ten minutes: no shard has both.
      std::size_t long_ones = 0;
      for (const std::string& line : lines) long_ones += has(line, "10m") ? 1U : 0U;
      EXPECT_LE(long_ones, 1U) << shard;
      if (count == 5 && long_ones == 0) { EXPECT_EQ(lines.size(), 4U) << shard; }
      seen.insert(lines.begin(), lines.end());
    }
    EXPECT_EQ(seen, std::multiset<std::string>(whole.begin(), whole.end())) << count;
  }
  for (const std::string bad : {"0/2", "3/2", "1", "1/", "/2", "1/2x", "-1/2", "1/15", "a/b"})
    EXPECT_EQ(test_all(wide, {"--dry-run", "--shard", bad}).exit_code, 254) << bad;
}

TEST_F(TestAll, WhatIsWrongInTheFileIsToldWithItsLineBeforeAnythingStarts) {
  const std::string entry = "[[matrix]]\nsystem = \"etcd\"\nworkload = \"register\"\n";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "a matrix is a list of [[matrix]], and there is none"},
      {"[[matrix]]\nsystem = 'etcd'\nworklod = 'register'\n",
       "m.toml:3: unknown key of [[matrix]] 'worklod'; did you mean 'workload'?"},
      {"[[matrix]]\nworkload = 'register'\n", "m.toml:1: names no system"},
      {"[[matrix]]\nsystem = 'ectd'\nworkload = 'register'\n",
       "m.toml:1: unknown system 'ectd'; did you mean 'etcd'?"},
      {entry + "nemesis = ['none', 'partitoin']\n",
       "m.toml:4: --nemesis: unknown fault 'partitoin'; did you"},
      {entry + "seeds = 0\n", "m.toml:4: seeds must be between 1"},
      {entry + "seeds = []\n", "m.toml:4: seeds is an empty list"},
      {entry + "seeds = -3\n", "m.toml:4: seeds must be a whole number"},
      {entry + "[matrix.options]\nkonc = 3\n", "m.toml:5: unknown option '--konc'"},
      {entry + "options = { concurrency = \"3m\" }\n", "m.toml:4: --concurrency: '3m'"},
      {"[options]\nseed = 3\n" + entry, "m.toml:2: 'seed' is no option of a matrix: write seeds"},
      {"[options]\ntime-limit = [[1]]\n" + entry, "m.toml:2: time-limit must be a string"},
      {entry + entry, "m.toml:4: the plan 'etcd register' is there already"},
      {"sede = 3\n" + entry, "m.toml:1: unknown key 'sede'; did you mean 'seed'?"},
      {"matrix = 3\n", "m.toml:1: matrix must be a list of tables, [[matrix]]"},
      {entry + "[[known_issue]]\nfingerprint = '*'\nreason = 'x'\n",
       "m.toml:4: a known issue must have a day on which it expires"},
      {entry + "[[known_issue]]\nfingerprint = '*'\nexpires = 2026-01-01\n",
       "m.toml:4: a known issue must have a reason"},
      {entry + "[[known_issue]]\nfingerprint = '*'\nreason = 'x'\nexpires = '2026-01-01'\n",
       "m.toml:7: expires must be a day as 2026-12-31, without quotes"},
      {entry + "[[known_issue]]\nfingerprint = '*'\nreson = 'x'\n",
       "m.toml:6: unknown key of [[known_issue]] 'reson'; did you mean 'reason'?"},
      {"[[matrix]\n", "m.toml:1:"}};
  for (const auto& [matrix, what] : wrong) {
    const CommandResult result = test_all(matrix, {"--dry-run"});
    EXPECT_EQ(result.exit_code, 254) << matrix;
    EXPECT_TRUE(has(result.err, what)) << matrix << "\n" << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "store"));
  EXPECT_EQ(testing::clew({"test-all", "none.toml"}, folder_.path()).exit_code, 254);
}

// ---- Real runs ----

const std::string quick = R"(
[options]
nodes = 3
time-limit = "1500ms"
[[matrix]]
system = "etcd"
workload = "register"
nemesis = "none"
seeds = [1, 2]
)";

// Reads that ask one node only: violations within a second or two.
const std::string stale = quick + R"(
[[matrix]]
system = "etcd"
workload = "register"
nemesis = "partition"
seeds = [2001]
options = { serializable = true, fail-fast = true, nodes = 5, concurrency = "4n", time-limit = "30s" }
)";

class RealMatrix : public TestAll {
 protected:
  static void SetUpTestSuite() { missing_ = testing::missing_for_clusters(); }
  void SetUp() override {
    TestAll::SetUp();
    if (!missing_.empty()) GTEST_SKIP() << missing_;
  }
  static inline std::string missing_;
};

TEST_F(RealMatrix, AllRunsAreStoredAndToldTogether) {
  const CommandResult result = test_all(quick, {"--json", "--on-finish", "env >told; cat >stdin"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3U) << result.out;
  for (std::size_t i = 0; i < 2; ++i) {
    const Value run = parse_json(lines[i]);
    EXPECT_EQ(run.find("verdict")->as_text(), "valid");
    EXPECT_EQ(run.find("seed")->as_text(), std::to_string(i + 1));
    const fs::path folder = run.find("folder")->as_text();
    for (const char* file : {"run.json", "history.jsonl", "results.json", "report.html"})
      EXPECT_TRUE(fs::exists(folder / file)) << file;
    EXPECT_EQ(folder.parent_path().filename(), "etcd-register");
  }
  const Value totals = parse_json(lines[2]);
  EXPECT_EQ(totals.find("valid")->as_int(), 2);
  EXPECT_EQ(text("batch.jsonl"), result.out);
  EXPECT_EQ(text("matrix.toml"), quick);
  EXPECT_TRUE(has(text("junit.xml"), "<testsuite name=\"etcd.register #2\" tests=\"3\""));
  EXPECT_TRUE(has(text("summary.md"), "2 runs: 2 LINEARIZABLE"));
  EXPECT_TRUE(
      has(read_file(folder_.path() / "told"), "CLEW_RUN=" + batch().parent_path().string()));
  EXPECT_TRUE(has(read_file(folder_.path() / "told"), "CLEW_VERDICT=valid\n"));
  EXPECT_EQ(read_file(folder_.path() / "stdin"), result.out);
}

TEST_F(RealMatrix, AViolationIsRunAgainAndExcusedWhereItIsKnown) {
  ::setenv("GITHUB_ACTIONS", "true", 1);
  ::setenv("GITHUB_STEP_SUMMARY", (folder_.path() / "page").c_str(), 1);
  const CommandResult first = test_all(stale, {"--rerun-on-fail", "2"});
  ASSERT_EQ(first.exit_code, 1) << first.out << first.err;
  EXPECT_TRUE(has(first.out, "[3/3] ✗ NOT LINEARIZABLE  etcd register × partition")) << first.out;
  EXPECT_TRUE(has(first.out, "      new  etcd:register:cas-register:")) << first.out;
  EXPECT_TRUE(has(first.out, "      again in ")) << first.out;
  EXPECT_TRUE(has(first.out, " of 2, ")) << first.out;
  EXPECT_TRUE(has(first.out,
                  "3 runs: 2 LINEARIZABLE, 1 NOT LINEARIZABLE; 1 with a new failure; "
                  "exit code 1\n"))
      << first.out;
  EXPECT_TRUE(has(first.err, "::group::clew etcd register × partition")) << first.err;
  EXPECT_TRUE(has(first.err, "\n::error title=clew%3A NOT LINEARIZABLE")) << first.err;
  EXPECT_EQ(read_file(folder_.path() / "page"), text("summary.md") + "\n");
  std::size_t runs = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "store/etcd-register"))
    runs += entry.is_directory() && !entry.is_symlink() ? 1U : 0U;
  EXPECT_EQ(runs, 5U) << "three runs and two again";
  const Value again = parse_json(read_file(folder_.path() / "store/latest/run.json"));
  EXPECT_EQ(again.find("seed")->as_text(), "2001");
  EXPECT_TRUE(has(again.find("repeat_command")->as_text(), "/schedule.toml --seed=2001"));
  EXPECT_FALSE(has(again.find("repeat_command")->as_text(), "--nemesis"));

  const std::string excused = stale + R"(
[[known_issue]]
fingerprint = "etcd:register:cas-register:*"
reason = "DB-412"
owner = "storage"
expires = 2999-12-31
)";
  const CommandResult second = test_all(excused, {"--rerun-on-fail", "2"});
  EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_TRUE(has(second.out, "  known issue: DB-412 (storage)\n")) << second.out;
  EXPECT_TRUE(has(second.out, "1 excused as known; exit code 0\n")) << second.out;
  EXPECT_FALSE(has(second.out, "again in")) << "what is known needs no proof";
  EXPECT_FALSE(has(second.err, "::error"));
  EXPECT_TRUE(has(text("junit.xml"), "<skipped message=\"known issue: DB-412 (storage): "));
  EXPECT_FALSE(has(text("junit.xml"), "<failure"));
}

TEST_F(RealMatrix, AnExpiredIssueExcusesNothingAndAnUnusedOneIsToldOf) {
  const CommandResult result = test_all(stale + R"(
[[known_issue]]
fingerprint = "*:cas-register:*"
reason = "DB-412"
expires = 2020-02-29
[[known_issue]]
fingerprint = "etcd:lock:*"
reason = "DB-1"
expires = 2999-01-01
)",
                                        {});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "  the known issue expired: DB-412\n")) << result.out;
  EXPECT_TRUE(
      has(result.out, "warning: no run failed as the known issue etcd:lock:* (DB-1): is it"))
      << result.out;
  EXPECT_TRUE(has(text("junit.xml"), "<failure type=\"linearizability\""));
}

TEST_F(RealMatrix, AGateIsGraverThanAPassAndWithoutKeepGoingItIsTheEnd) {
  const std::string gates = R"(
[options]
nodes = 3
time-limit = "1s"
gate = "p99<1us"
[[matrix]]
system = "etcd"
workload = "register"
nemesis = "none"
seeds = [1, 2]
)";
  const CommandResult all = test_all(gates, {"-q"});
  EXPECT_EQ(all.exit_code, 3) << all.out << all.err;
  EXPECT_TRUE(has(all.out, "2 runs: 2 GATE FAILED; 2 with a new failure; exit code 3")) << all.out;
  EXPECT_TRUE(has(all.out, "new  etcd:register:-:gate-p99:-")) << all.out;
  const CommandResult first = test_all(gates, {"-q", "--no-keep-going"});
  EXPECT_EQ(first.exit_code, 3);
  EXPECT_TRUE(has(first.out, "known  etcd:register:-:gate-p99:-")) << first.out;
  EXPECT_TRUE(has(first.out, "1 run: 1 GATE FAILED; 1 not run; exit code 3")) << first.out;
}

TEST_F(RealMatrix, AClusterThatDoesNotStartIsNoPassAndDoesNotEndTheOthers) {
  const CommandResult result = test_all(quick + R"(
[[matrix]]
system = "etcd"
workload = "lock"
nemesis = "none"
options = { node-arg = "--no-such-option" }
[[known_issue]]
fingerprint = "*"
reason = "everything"
expires = 2999-01-01
)",
                                        {"-q"});
  EXPECT_EQ(result.exit_code, 4) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "[3/3] ! RUN ERROR  etcd lock")) << result.out;
  EXPECT_TRUE(has(text("junit.xml"), "<error type=\"exit-4\"")) << text("junit.xml");
  EXPECT_TRUE(has(text("summary.md"), "2 LINEARIZABLE, 1 RUN ERROR")) << text("summary.md");
}

TEST_F(RealMatrix, AShardSaysNothingOfIssuesThatOthersMayHaveSeen) {
  const std::string issue =
      "[[known_issue]]\nfingerprint = \"*\"\nreason = \"all\"\nexpires = 2999-01-01\n";
  const CommandResult shard = test_all(quick + issue, {"-q", "--shard", "2/2"});
  EXPECT_EQ(shard.exit_code, 0) << shard.out << shard.err;
  EXPECT_TRUE(has(shard.out, "[2/2] ✓")) << shard.out;
  EXPECT_TRUE(has(shard.out, "1 run of shard 2/2: 1 LINEARIZABLE; exit code 0")) << shard.out;
  EXPECT_FALSE(has(shard.out, "warning")) << shard.out;
}

TEST_F(RealMatrix, AProgramThatIsNotThereIsNoPassEither) {
  const CommandResult result = test_all(
      quick + "[[matrix]]\nsystem = \"etcd\"\nworkload = \"lock\"\noptions.bin = \"/none\"\n",
      {"-q"});
  EXPECT_EQ(result.exit_code, 254) << result.out << result.err;
  EXPECT_TRUE(has(result.out, "2 LINEARIZABLE, 1 RUN ERROR; exit code 254")) << result.out;
  EXPECT_TRUE(
      has(text("junit.xml"), "<testsuite name=\"etcd.lock.partition,kill,pause --bin=/none\""));
}

TEST_F(RealMatrix, AnInterruptEndsAllAndIsToldInTheFiles) {
  std::ofstream(folder_.path() / "m.toml")
      << quick.substr(0, quick.find("time-limit")) << "time-limit = \"60s\"\n"
      << quick.substr(quick.find("[[matrix]]"));
  SpawnOptions options{.argv = {CLEW_BINARY, "test-all", "m.toml", "-q"}};
  for (const char* name : {"PATH", "HOME", "CLEW_CACHE", "XDG_CACHE_HOME"})
    if (const char* value = std::getenv(name))
      options.env.push_back(std::string(name) + "=" + value);
  options.cwd = folder_.path();
  options.log = folder_.path() / "output";
  const Process clew(options);
  const Deadline deadline = Clock::now() + std::chrono::seconds(60);
  const fs::path history = folder_.path() / "store/etcd-register/latest/history.jsonl";
  std::error_code error;
  while ((!fs::exists(history, error) || fs::file_size(history, error) < 20'000) &&
         Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(::kill(clew.pid(), SIGINT), 0);
  ASSERT_TRUE(clew.await(Life::gone, deadline));
  EXPECT_EQ(clew.status().ending, "exited with 130");
  const std::string told = read_file(folder_.path() / "output");
  EXPECT_TRUE(has(told, "1 run: 1 INTERRUPTED; 1 not run; exit code 130\n")) << told;
  EXPECT_EQ(lines_of(text("batch.jsonl")).size(), 2U);
}

}  // namespace
}  // namespace clew
