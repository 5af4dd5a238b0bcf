// Options from a TOML file, and where each option in force came from.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "harness/store.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

class ConfigFile : public ::testing::Test {
 protected:
  void write(const std::string& text, const std::string& name = "clew.toml") {
    std::ofstream(folder_.path() / name) << text;
  }
  CommandResult clew(const std::vector<std::string>& words) {
    return testing::clew(words, folder_.path());
  }
  // What --print-config says of one option: value and origin, without the padding.
  std::string in_force(std::vector<std::string> words, const std::string& option) {
    words.emplace_back("--print-config");
    const CommandResult result = clew(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::smatch found;
    if (!std::regex_search(
            result.out, found,
            std::regex("(^|\n)((?:# )?" + option + "(?: = [^#]*[^ #])?) +# ([^\n]*)")))
      return "nothing in " + result.out;
    return found[2].str() + " <- " + found[3].str();
  }
  // The one line that it says about a file that is wrong.
  void expect_refused(const std::string& text, const std::string& says) {
    write(text);
    const CommandResult result = clew({"test", "etcd"});
    EXPECT_EQ(result.exit_code, 254) << text;
    EXPECT_NE(result.err.find(says), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_FALSE(fs::exists(folder_.path() / "store"));
  }

  TemporaryFolder folder_;
};

TEST_F(ConfigFile, ATypedOptionWinsOverTheFileAndTheFileOverTheDefault) {
  write("store = \"runs\"\n[test]\nrate = 50\ntime-limit = \"90s\"\n");
  const std::vector<std::string> typed{"test", "etcd", "--rate", "70"};
  EXPECT_EQ(in_force(typed, "rate"), "rate = '70' <- command line");
  EXPECT_EQ(in_force(typed, "time-limit"), "time-limit = '90s' <- clew.toml:4");
  EXPECT_EQ(in_force(typed, "store"), "store = 'runs' <- clew.toml:1");
  EXPECT_EQ(in_force(typed, "nodes"), "# nodes = '5' <- default");
  EXPECT_EQ(in_force(typed, "seed"), "# seed <- not given");
  EXPECT_EQ(in_force({"check", "x"}, "store"), "store = 'runs' <- clew.toml:1");
}

TEST_F(ConfigFile, ACommandsOwnTableWinsOverTheTop) {
  write("store = \"a\"\n[check]\nstore = \"b\"\n");
  EXPECT_EQ(in_force({"check", "x"}, "store"), "store = 'b' <- clew.toml:3");
  EXPECT_EQ(in_force({"test", "etcd"}, "store"), "store = 'a' <- clew.toml:1");
}

TEST_F(ConfigFile, WhatIsTypedAlsoWinsOverWhatItExcludes) {
  write("[test]\nnemesis = \"kill\"\n");
  write("[[fault]]\nid = \"a\"\nfault = \"kill\"\nat = \"1s\"\n", "s.toml");
  EXPECT_EQ(in_force({"test", "etcd", "--schedule", "s.toml"}, "nemesis"),
            "# nemesis = 'partition,kill,pause' <- default");
}

TEST_F(ConfigFile, AnotherFileCanBeNamedAndNoneAsWell) {
  write("[test]\nrate = 50\n");
  write("[test]\nrate = 60\n", "other.toml");
  EXPECT_EQ(in_force({"test", "etcd", "--config", "other.toml"}, "rate"),
            "rate = '60' <- other.toml:2");
  EXPECT_EQ(in_force({"test", "etcd", "--config=none"}, "rate"), "# rate = '400' <- default");
}

TEST_F(ConfigFile, WhatIsPrintedIsAFileThatMeansTheSame) {
  write(
      "[test]\nsystem = \"etcd\"\nrate = 0.5\nserializable = true\n"
      "gate = [\"recovery<10s\", \"quorum\"]\nname = \"it's\"\nfail-fast = false\n");
  const CommandResult printed = clew({"test", "--print-config"});
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  write(printed.out, "printed.toml");
  CommandResult again = clew({"test", "--config", "printed.toml", "--print-config"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const auto values = [](const std::string& text) {
    return std::regex_replace(text, std::regex(" *# [^\n]*"), "");
  };
  EXPECT_EQ(values(again.out), values(printed.out));
  EXPECT_NE(printed.out.find("gate = ['recovery<10s', 'quorum']"), std::string::npos);
}

TEST_F(ConfigFile, AMistakeIsToldWithItsLineAndTheNearestName) {
  expect_refused("[test]\n\nrat = 5\n", "clew.toml:3: unknown key 'rat'; did you mean 'rate'?");
  expect_refused("[tset]\nrate = 5\n", "clew.toml:1: unknown command 'tset'; did you mean 'test'?");
  expect_refused("stor = \"x\"\n", "clew.toml:1: unknown key 'stor'; did you mean 'store'?");
  expect_refused("[test]\ndata = \"dsk\"\n", "clew.toml:2: data: unknown value 'dsk'");
  expect_refused("[test]\nfail-fast = 1\n", "clew.toml:2: fail-fast must be true or false");
  expect_refused("[test]\nrate = true\n", "clew.toml:2: rate must be a string or a number");
  expect_refused("[test]\nrate = [1, 2]\n", "clew.toml:2: rate takes one value");
  expect_refused("[test]\nrate = [\n", "clew.toml:2:");
  expect_refused("[test]\nconfig = \"x\"\n", "clew.toml:2: unknown key 'config'");
  expect_refused("[test]\nhold = \"1s\"\n", "--hold is an option of lock");
}

TEST_F(ConfigFile, AFileThatIsNotThereIsNamed) {
  const CommandResult result = clew({"test", "etcd", "--config", "nowhere.toml"});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("--config: nowhere.toml"), std::string::npos) << result.err;
}

// A run must not mean something else when it is repeated where the file has changed.
TEST_F(ConfigFile, ARunKeepsWhatTheFileSaid) {
  write("[test]\nrate = 50\ntime-limit = \"1s\"\nnemesis = \"none\"\nnodes = 1\n");
  const CommandResult first = clew({"test", "etcd", "--gate", "p99<9s"});
  if (first.exit_code == 4) GTEST_SKIP() << first.err;
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.err.find("clew: from clew.toml: nemesis, nodes, rate, time-limit\n"),
            std::string::npos)
      << first.err;
  const fs::path run = fs::canonical(folder_.path() / "store/latest");
  const RunInfo info = run_info_from_json(testing::whole(run / "run.json"));
  EXPECT_NE(info.repeat_command.find("--time-limit=1s --rate=50 --nemesis=none"), std::string::npos)
      << info.repeat_command;
  write("[test]\nrate = 9\nnodes = 3\ngate = [\"p99<1us\"]\n");
  const CommandResult again = clew({"replay", run.string(), "--quiet"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const RunInfo replayed = run_info_from_json(
      testing::whole(fs::canonical(folder_.path() / "store/latest") / "run.json"));
  EXPECT_EQ(replayed.repeat_command, info.repeat_command);
  EXPECT_EQ(replayed.nodes.size(), 1U);
}

}  // namespace
}  // namespace clew
