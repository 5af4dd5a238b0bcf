#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "harness/atomic_file.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::string valid =
    R"({"index":0,"time":1,"process":0,"type":"invoke","f":"write","key":"k","value":1,"node":"n1"}
{"index":1,"time":2,"process":0,"type":"ok","f":"write","key":"k","value":1,"node":"n1"}
{"index":2,"time":3,"process":0,"type":"invoke","f":"read","key":"k","value":null}
{"index":3,"time":4,"process":0,"type":"ok","f":"read","key":"k","value":1}
)";

class ConvertTest : public ::testing::Test {
 protected:
  ConvertTest() { write_file_atomically(file("a.jsonl"), valid); }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  CommandResult shell(const std::string& line) {
    return run_command({"sh", "-c", line}, Clock::now() + std::chrono::seconds(60), folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(ConvertTest, JsonlToEdnAndBackIsTheSameFile) {
  EXPECT_EQ(
      testing::clew({"convert", file("a.jsonl"), "--to", "edn", "-o", file("a.edn")}).exit_code, 0);
  EXPECT_EQ(testing::clew({"convert", file("a.edn"), "-o", file("b.jsonl")}).exit_code, 0);
  EXPECT_EQ(read_file(file("b.jsonl")), valid);
  const CommandResult judged = testing::clew({"check", file("a.edn")});
  EXPECT_EQ(judged.exit_code, 0) << judged.err;
}

TEST_F(ConvertTest, WhatIsLostIsSaidInOneLine) {
  std::ofstream(file("c.edn")) << "{:process 0, :type :invoke, :f :read, :value nil, :who \"x\"}\n";
  const CommandResult result = testing::clew({"convert", file("c.edn")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("not carried over: members that clew has no place for: :who\n"),
            std::string::npos)
      << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST_F(ConvertTest, AFileThatCannotBeConvertedLeavesTheOldOne) {
  std::ofstream(file("old")) << "kept";
  const CommandResult result =
      testing::clew({"convert", file("a.jsonl"), "--to", "porcupine", "-o", file("old")});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("write edn instead"), std::string::npos) << result.err;
  EXPECT_EQ(read_file(file("old")), "kept");
}

TEST_F(ConvertTest, GzipAndStandardInputAreReadLikeFiles) {
  const std::string clew = CLEW_BINARY;
  EXPECT_EQ(shell("gzip -k a.jsonl && " + clew + " check a.jsonl.gz").exit_code, 0);
  EXPECT_EQ(shell(clew + " check - < a.jsonl").exit_code, 0);
  EXPECT_EQ(shell(clew + " check - < a.jsonl.gz").exit_code, 0);
  const CommandResult cut = shell("head -c 60 a.jsonl.gz | " + clew + " check -");
  EXPECT_EQ(cut.exit_code, 254);
  EXPECT_EQ(cut.err, "clew: standard input: the gzip ends too early: copy or record it again\n");
}

TEST_F(ConvertTest, AHistoryCutInsideItsLastEventIsJudgedWithAWarning) {
  std::ofstream(file("cut.jsonl")) << valid << "{\"index\":4,\"ti";
  const CommandResult result = testing::clew({"check", file("cut.jsonl")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE((result.out + result.err).find("ends inside a line"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace clew
