#include <gtest/gtest.h>

#include <fstream>

#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const char* const queue =
    R"({"index":0,"time":1,"process":0,"type":"invoke","f":"enqueue","value":1}
{"index":1,"time":2,"process":0,"type":"ok","f":"enqueue","value":1}
{"index":2,"time":3,"process":0,"type":"invoke","f":"dequeue","value":null}
{"index":3,"time":4,"process":0,"type":"ok","f":"dequeue","value":null}
)";

class ModelOption : public ::testing::Test {
 protected:
  CommandResult check(std::vector<std::string> more) {
    const fs::path file = folder_.path() / "history.jsonl";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << queue;
    more.insert(more.begin(), {"check", file.string()});
    return testing::clew(more);
  }
  TemporaryFolder folder_;
};

TEST_F(ModelOption, JudgesByThatModelAlone) {
  const CommandResult result = check({"--model", "fifo-queue"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(result.out.find("told that the queue is empty"), std::string::npos) << result.out;
}

TEST_F(ModelOption, OffersTheNearestName) {
  const CommandResult result = check({"--model", "fifo-queu"});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("fifo-queue"), std::string::npos) << result.err;
}

TEST_F(ModelOption, IsEitherThatOrAWorkload) {
  const CommandResult result = check({"--model", "fifo-queue", "--workload", "register"});
  EXPECT_EQ(result.exit_code, 254) << result.out;
}

}  // namespace
}  // namespace clew
