// reports/examples: the nightly jobs ask clew for what it understands, and are what they claim to
// be.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/atomic_file.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const fs::path examples = fs::path(CLEW_SOURCE_DIR) / "reports/examples";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// In a folder that looks like a checkout, a job's shell would run `script` as it stands; only
// that each test-all is a dry run.
std::string dry(const std::string& script, const std::vector<std::string>& environment) {
  const TemporaryFolder checkout;
  fs::create_directories(checkout.path() / "reports");
  fs::create_directory_symlink(examples, checkout.path() / "reports/examples");
  std::ofstream(checkout.path() / "clew")
      << "#!/bin/sh\n[ \"$1\" = test-all ] || exit 0\nexec " CLEW_BINARY " \"$@\" --dry-run\n";
  fs::permissions(checkout.path() / "clew", fs::perms::owner_all);
  std::ofstream(checkout.path() / "script") << script;
  std::string command = "cd " + checkout.path().string() + " && env -u SEED";
  for (const std::string& entry : environment) command += " '" + entry + "'";
  return output_of(command + " sh -e ./script 2>&1");
}

// What a path of keys and numbers leads to in a YAML file, as text.
std::string yaml_at(const std::string& file, const std::string& path) {
  return output_of(
      "/usr/bin/python3 -c 'import sys, yaml\nx = yaml.safe_load(open(sys.argv[1]))\n"
      "for k in sys.argv[2].split(\"/\"): x = x[int(k) if k.isdigit() else k]\n"
      "print(x)' " +
      (examples / file).string() + " " + path);
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), instead);
  return text;
}

// What all shards do together, each run once.
void expect_whole(const std::vector<std::string>& shards) {
  const auto whole = lines_of(dry("./clew test-all reports/examples/matrix.toml --seed 5", {}));
  ASSERT_EQ(whole.size(), 42U);
  std::multiset<std::string> seen;
  for (const std::string& shard : shards)
    for (const std::string& line : lines_of(shard)) seen.insert(line.substr(0, line.find(']')));
  std::multiset<std::string> wanted;
  for (const std::string& line : whole) wanted.insert(line.substr(0, line.find(']')));
  EXPECT_EQ(seen, wanted);
}

class Examples : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import yaml' 2>/dev/null") != 0 || !have("yamllint"))
      GTEST_SKIP() << "yamllint and its YAML are missing: apt-get install yamllint";
  }
};

TEST_F(Examples, OfYamlPassItsLinter) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "rules")
      << "{extends: default, rules: {line-length: {max: 130}, document-start: disable,\n"
         " truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}";
  for (const char* file : {"github.yml", "gitlab-ci.yml"})
    EXPECT_NO_THROW(output_of("yamllint --strict -c " + (folder.path() / "rules").string() + " " +
                              (examples / file).string() + " 2>&1"))
        << file;
}

TEST_F(Examples, OfGithubRunsAllOfTheMatrix) {
  const std::string run = yaml_at("github.yml", "jobs/faults/steps/3/run");
  ASSERT_NE(run.find("test-all"), std::string::npos) << run;
  std::vector<std::string> shards;
  for (const std::string shard : {"1", "2", "3", "4"})
    shards.push_back(dry(with(run, "${{ matrix.shard }}", shard), {"SEED="}));
  expect_whole(shards);
  EXPECT_EQ(yaml_at("github.yml", "jobs/faults/strategy/matrix/shard"), "[1, 2, 3, 4]\n");
  const std::string line = dry(with(run, "${{ matrix.shard }}", "1"), {"SEED=5"});
  EXPECT_EQ(line, dry(with(run, "${{ matrix.shard }}", "1"), {"SEED=5"})) << "the seed is passed";
}

TEST_F(Examples, OfGitlabRunsAllOfTheMatrix) {
  const std::string script = yaml_at("gitlab-ci.yml", "clew/script/0");
  EXPECT_EQ(yaml_at("gitlab-ci.yml", "clew/parallel"), "4\n");
  std::vector<std::string> shards;
  for (const std::string shard : {"1", "2", "3", "4"})
    shards.push_back(dry(script, {"CI_NODE_INDEX=" + shard, "CI_NODE_TOTAL=4"}));
  expect_whole(shards);
}

TEST_F(Examples, OfJenkinsRunsAllOfTheMatrix) {
  const std::string text = read_file(examples / "Jenkinsfile");
  EXPECT_NE(text.find("def shards = 4\n"), std::string::npos);
  const std::size_t from = text.find("script: '''") + 11;
  const std::string script = text.substr(from, text.find("'''", from) - from);
  std::vector<std::string> shards;
  for (const std::string shard : {"1", "2", "3", "4"})
    shards.push_back(dry(script, {"SHARD=" + shard + "/4", "SEED="}));
  expect_whole(shards);
}

// The patterns of what the jobs keep, tried on the store of a real run.
TEST_F(Examples, KeepFilesThatThereAre) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "m.toml")
      << "[options]\nnodes = 1\ntime-limit = \"500ms\"\n[[matrix]]\nsystem = \"etcd\"\n"
         "workload = \"register\"\nnemesis = \"pause\"\n";
  const CommandResult result = testing::clew({"test-all", "m.toml", "-q"}, folder.path());
  if (result.exit_code == 4) GTEST_SKIP() << result.out << result.err;
  std::size_t patterns = 0;
  for (const char* file : {"github.yml", "gitlab-ci.yml", "Jenkinsfile"}) {
    const std::string text = read_file(examples / file);
    for (auto at = text.find("store/"); at != std::string::npos; at = text.find("store/", at + 1)) {
      const std::string pattern = text.substr(at, text.find_first_of(" \n',", at) - at);
      ++patterns;
      EXPECT_NO_THROW(output_of("cd " + folder.path().string() + " && ls -d " + pattern + " 2>&1"))
          << file;
    }
  }
  EXPECT_GE(patterns, 15U);
}

}  // namespace
}  // namespace clew
