#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

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

class CertificateTest : public ::testing::Test {
 protected:
  void write(const std::string& text) {
    std::ofstream(history_, std::ios::binary | std::ios::trunc) << text;
  }
  static std::string read(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  CommandResult check(std::vector<std::string> more) {
    more.insert(more.begin(), {"check", history_.string()});
    return testing::clew(more);
  }
  CommandResult verify() const {
    return run_command({CLEW_VERIFY_BINARY, history_.string(), certificate_.string()},
                       Clock::now() + std::chrono::seconds(60));
  }
  static std::string invalid() {
    std::string text = valid;
    return text.replace(text.rfind("\"value\":1"), 9, "\"value\":7");
  }

  TemporaryFolder folder_;
  fs::path history_ = folder_.path() / "history.jsonl";
  fs::path certificate_ = folder_.path() / "certificate.json";
};

TEST_F(CertificateTest, AValidHistoryGetsAnOrderThatAnotherProgramAccepts) {
  write(valid);
  const CommandResult result = check({"--certificate", certificate_.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("clew-verify"), std::string::npos) << result.out;
  EXPECT_NE(read(certificate_).find(R"({"key":"k","order":[0,2]})"), std::string::npos);
  const CommandResult told = verify();
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_EQ(told.out, "valid: verified\n");
}

TEST_F(CertificateTest, AViolationGetsACoreThatAnotherProgramAccepts) {
  write(invalid());
  EXPECT_EQ(check({"--certificate", certificate_.string(), "--json"}).exit_code, 1);
  const CommandResult told = verify();
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_EQ(told.out, "invalid: verified\n");
}

TEST_F(CertificateTest, AnotherHistoryIsRefused) {
  write(valid);
  check({"--certificate", certificate_.string()});
  write(invalid());
  const CommandResult told = verify();
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_NE(told.err.find("another history"), std::string::npos) << told.err;
}

TEST_F(CertificateTest, ALimitThatIsReachedCannotBeTold) {
  write(valid);
  EXPECT_EQ(check({"--certificate", certificate_.string(), "--check-timeout", "1ns"}).exit_code, 2);
  EXPECT_EQ(verify().exit_code, 2);
}

TEST_F(CertificateTest, ALogOfAnotherToolMustBeConvertedFirst) {
  write("INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:ok\t:write\t1\n");
  const CommandResult result = check({"--certificate", certificate_.string()});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("clew convert"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(certificate_));
}

TEST_F(CertificateTest, EventsThatShareAnIndexAreNamed) {
  std::string text = valid;
  text.replace(text.find("\"index\":2"), 9, "\"index\":0");
  write(text);
  const CommandResult result = check({"--certificate", certificate_.string()});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("the index 0"), std::string::npos) << result.err;
}

TEST_F(CertificateTest, APartOfAHistoryIsNotCertified) {
  write(valid);
  const CommandResult result = check({"--certificate", certificate_.string(), "--key", "k"});
  EXPECT_EQ(result.exit_code, 254);
  EXPECT_NE(result.err.find("--key"), std::string::npos) << result.err;
}

TEST_F(CertificateTest, WhereItCannotBeWrittenTheVerdictStillStands) {
  write(invalid());
  const CommandResult result = check({"--certificate", (folder_.path() / "no" / "x").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("NOT LINEARIZABLE"), std::string::npos);
  EXPECT_NE(result.err.find("the verdict stands"), std::string::npos) << result.err;
  write(valid);
  EXPECT_EQ(check({"--certificate", (folder_.path() / "no" / "x").string()}).exit_code, 4);
}

TEST_F(CertificateTest, TheVerifierSaysHowToUseIt) {
  const CommandResult told =
      run_command({CLEW_VERIFY_BINARY}, Clock::now() + std::chrono::seconds(60));
  EXPECT_EQ(told.exit_code, 254);
  EXPECT_NE(told.err.find("usage: clew-verify"), std::string::npos) << told.err;
  EXPECT_EQ(verify().exit_code, 254);
}

TEST_F(CertificateTest, TheCounterexampleIsDrawn) {
  write(invalid());
  const fs::path drawing = folder_.path() / "drawing.svg";
  EXPECT_EQ(check({"--svg", drawing.string()}).exit_code, 1);
  const std::string text = read(drawing);
  EXPECT_EQ(text.rfind("<svg ", 0), 0U) << text;
  EXPECT_NE(text.find("read → 7"), std::string::npos) << text;
}

TEST_F(CertificateTest, WhereNothingIsWrongNothingIsDrawn) {
  write(valid);
  const fs::path drawing = folder_.path() / "drawing.svg";
  const CommandResult result = check({"--svg", drawing.string()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("no counterexample"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(drawing));
}

}  // namespace
}  // namespace clew
