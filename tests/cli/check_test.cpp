#include <gtest/gtest.h>

#include <fstream>

#include "harness/value.h"
#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const char* const valid =
    R"({"index":0,"time":1,"process":0,"type":"invoke","f":"write","key":"k","value":1}
{"index":1,"time":2,"process":0,"type":"ok","f":"write","key":"k","value":1}
{"index":2,"time":3,"process":0,"type":"invoke","f":"read","key":"k","value":null}
{"index":3,"time":4,"process":0,"type":"ok","f":"read","key":"k","value":1}
)";

class CheckTest : public ::testing::Test {
 protected:
  CommandResult check(const std::string& text, std::vector<std::string> more = {}) {
    const fs::path file = folder_.path() / "history.jsonl";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    more.insert(more.begin(), {"check", file.string()});
    return testing::clew(more);
  }
  TemporaryFolder folder_;
};

TEST_F(CheckTest, AValidHistoryExitsWithZero) {
  const CommandResult result = check(valid);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("LINEARIZABLE"), std::string::npos);
}

TEST_F(CheckTest, AViolationExitsWithOneAndSaysWhatItIs) {
  std::string text = valid;
  text.replace(text.rfind("\"value\":1"), 9, "\"value\":7");
  const CommandResult result = check(text);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(result.out.find("NOT LINEARIZABLE"), std::string::npos);
  EXPECT_NE(result.out.find("which nobody wrote"), std::string::npos) << result.out;
}

TEST_F(CheckTest, NothingToJudgeIsVacuousNotValid) {
  const CommandResult result = check("");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.out.find("vacuous"), std::string::npos) << result.out;
}

TEST_F(CheckTest, AGateThatDoesNotHoldExitsWithThree) {
  EXPECT_EQ(check(valid, {"--gate", "p99<1s"}).exit_code, 0);
  const CommandResult result = check(valid, {"--gate", "p99<1ns"});
  EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
  EXPECT_EQ(check(valid, {"--gate", "p98<1s"}).exit_code, 254);
}

TEST_F(CheckTest, JsonIsOneDocument) {
  const CommandResult result = check(valid, {"--json"});
  const Value document = parse_json(result.out);
  ASSERT_NE(document.find("verdict"), nullptr);
  EXPECT_EQ(document.find("verdict")->as_text(), "valid");
}

TEST_F(CheckTest, ABrokenLineIsNamed) {
  const CommandResult result = check(std::string(valid) + "{\"index\":4}\n");
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("line 5"), std::string::npos) << result.err;
}

TEST_F(CheckTest, ALimitThatIsReachedIsUnknown) {
  const CommandResult result = check(valid, {"--check-timeout", "1ns"});
  EXPECT_EQ(result.exit_code, 2) << result.out;
  EXPECT_NE(result.out.find("time limit"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace clew
