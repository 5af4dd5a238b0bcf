// Each mistake gets one clear line on stderr, the right exit code, and leaves nothing behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

struct Mistake {
  std::vector<std::string> words;
  int exit_code;
  std::string says;
};

void expect(const Mistake& mistake) {
  const TemporaryFolder folder;
  const CommandResult result = testing::clew(mistake.words, folder.path());
  std::string words;
  for (const std::string& word : mistake.words) words += word + " ";
  EXPECT_EQ(result.exit_code, mistake.exit_code) << words << result.err;
  EXPECT_NE(result.err.find(mistake.says), std::string::npos) << words << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << words << result.err;
  EXPECT_TRUE(result.out.empty()) << words << result.out;
  EXPECT_TRUE(fs::is_empty(folder.path())) << words;
}

TEST(BadInput, AnUnknownNameIsMetWithTheNearestOne) {
  expect({{"test", "etdc"}, 254, "unknown system 'etdc'; did you mean 'etcd'?"});
  expect({{"test", "etcd", "--time-limti", "3"},
          254,
          "unknown option '--time-limti'; did you mean '--time-limit'?"});
  expect({{"test", "etcd", "--nemesis", "pasue"},
          254,
          "unknown fault 'pasue'; did you mean 'pause'?"});
  expect({{"test", "etcd", "--nemesis", "kill:laeder"}, 254, "did you mean 'leader'?"});
  expect({{"test", "etcd", "--workload", "regsiter"}, 254, "did you mean 'register'?"});
  expect({{"list", "fualts"}, 254, "did you mean 'faults'?"});
  expect({{"tset"}, 254, "did you mean 'test'?"});
  expect({{"convert", "x", "--to", "jsnol"},
          254,
          "--to: unknown value 'jsnol'; did you mean 'jsonl'?"});
}

TEST(BadInput, AValueThatDoesNotFitNamesItsOption) {
  expect({{"test", "etcd", "--time-limit", "soon"}, 254, "--time-limit"});
  expect({{"test", "etcd", "--concurrency", "2m"}, 254, "--concurrency"});
  expect({{"test", "etcd", "--nodes", "0"}, 254, "--nodes"});
  expect({{"test", "etcd", "--nodes", "a,b"}, 254, "--nodes"});
  expect({{"test", "etcd", "--rate", "-1"}, 254, "--rate"});
  expect({{"test", "etcd", "--seed", "x"}, 254, "--seed"});
  expect({{"test", "etcd", "--keys", "0"}, 254, "--keys"});
  expect({{"test", "etcd", "--mix", "1:2"}, 254, "--mix"});
  expect({{"test", "etcd", "--check-memory", "lots"}, 254, "--check-memory"});
  expect({{"test", "etcd", "--election", "200ms"}, 254, "--election"});
}

TEST(BadInput, FilesThatAreNotThereAreNamed) {
  expect({{"test", "etcd", "--nodes-file", "/nowhere/nodes"}, 254, "/nowhere/nodes"});
  expect({{"test", "etcd", "--bin", "/nowhere/etcd"}, 254, "/nowhere/etcd"});
  expect({{"check", "/nowhere/run"}, 254, "/nowhere/run"});
  expect({{"report", "latest"}, 254, "latest"});
  expect({{"convert", "/nowhere/history"}, 254, "/nowhere/history"});
}

TEST(BadInput, AServerOfAnUnsupportedVersionIsRefusedBeforeAnythingStarts) {
  const TemporaryFolder folder;
  const fs::path fake = folder.path() / "etcd";
  std::ofstream(fake) << "#!/bin/sh\necho 'etcd Version: 3.3.8'\n";
  fs::permissions(fake, fs::perms::owner_all);
  expect({{"test", "etcd", "--bin", fake.string()}, 4, "etcd 3.3.8 is not supported"});
  std::ofstream(fake) << "#!/bin/sh\necho hello\n";
  expect({{"test", "etcd", "--bin", fake.string()}, 4, "does not answer as etcd does"});
}

TEST(BadInput, AStoreThatCannotBeWrittenIsAnEnvironmentError) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const CommandResult result =
      testing::clew({"test", "etcd", "--store", (folder.path() / "file" / "store").string()});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_NE(result.err.find("--store"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace clew
