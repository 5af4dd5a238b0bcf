// The manual, --help and completion, all made from what the parser goes by.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/cli/command.h"
#include "tests/support/temporary_folder.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> commands = {"test",    "check",  "test-all", "replay",
                                           "convert", "export", "report",   "list",
                                           "doctor",  "serve",  "manual",   "completion"};

CommandResult run(const std::vector<std::string>& words, const fs::path& folder) {
  return run_command(words, Clock::now() + std::chrono::seconds(60), folder);
}

bool have(const char* program) { return fs::exists(std::string("/usr/bin/") + program); }

TEST(Manual, HelpOfEachCommandNamesEachOptionOfTheManualAndFitsEightyColumns) {
  const std::string manual = testing::clew({"manual"}).out;
  for (const std::string& command : commands) {
    const CommandResult help = testing::clew({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << help.err;
    const std::size_t start =
        manual.find(".SS clew " + std::regex_replace(command, std::regex("-"), "\\-"));
    ASSERT_NE(start, std::string::npos) << command;
    const std::string section = manual.substr(start, manual.find("\n.S", start + 1) - start);
    const std::regex flag("(^|\n)  (-., )?--([a-z-]+)");
    int flags = 0;
    for (std::sregex_iterator it(help.out.begin(), help.out.end(), flag), end; it != end; ++it) {
      const std::string roff = std::regex_replace((*it)[3].str(), std::regex("-"), "\\-");
      EXPECT_NE(section.find("\\-\\-" + roff), std::string::npos) << command << " " << roff;
      ++flags;
    }
    EXPECT_GE(flags, 3) << help.out;
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Manual, TheManualPageIsCleanUnderManWarnings) {
  if (!have("man") || !have("groff")) GTEST_SKIP() << "man is missing: apt-get install man-db";
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "clew.1") << testing::clew({"manual"}).out;
  const CommandResult page = run({"/usr/bin/env", "LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANWIDTH=100",
                                  "/usr/bin/man", "--warnings", "-P", "cat", "-l", "clew.1"},
                                 folder.path());
  EXPECT_EQ(page.exit_code, 0);
  EXPECT_EQ(page.err, "");
  EXPECT_NE(page.out.find("EXIT STATUS"), std::string::npos) << page.out;
  EXPECT_NE(page.out.find("--time-limit DURATION"), std::string::npos) << page.out;
  // The check can fail.
  std::ofstream(folder.path() / "bad.1") << ".TH X 1\n.SH NAME\nx \\- \\[nothing]\n.nosuchmacro\n";
  const CommandResult bad = run(
      {"/usr/bin/env", "LC_ALL=C.UTF-8", "/usr/bin/man", "--warnings", "-P", "cat", "-l", "bad.1"},
      folder.path());
  EXPECT_NE(bad.err, "");
}

TEST(Manual, EachCommandCanSpeakJson) {
  const auto table = nlohmann::json::parse(testing::clew({"manual", "--json"}).out);
  ASSERT_EQ(table.at("commands").size(), commands.size());
  for (const auto& command : table.at("commands")) {
    const auto& options = command.at("options");
    EXPECT_TRUE(std::any_of(options.begin(), options.end(), [](const auto& option) {
      return option.at("name") == "json";
    })) << command.at("name");
  }
  const auto script = nlohmann::json::parse(testing::clew({"completion", "zsh", "--json"}).out);
  EXPECT_EQ(script.at("script"), testing::clew({"completion", "zsh"}).out);
}

TEST(Manual, ThePageOfOptionsIsUpToDate) {
  const fs::path page = fs::path(CLEW_SOURCE_DIR) / "harness/cli/OPTIONS.md";
  EXPECT_EQ(testing::whole(page), testing::clew({"manual", "--to", "markdown"}).out)
      << "make it again: build/release/clew manual --to markdown > harness/cli/OPTIONS.md";
}

class Completion : public ::testing::TestWithParam<const char*> {};

TEST_P(Completion, FinishesWhatIsTypedIntoARealShell) {
  const std::string shell = GetParam();
  if (!have("python3") || !have(shell.c_str()))
    GTEST_SKIP() << shell << " or python3 is missing: apt-get install " << shell << " python3";
  const TemporaryFolder folder;
  const fs::path stored = folder.path() / "store/etcd-register/20261124T000004.998Z";
  fs::create_directories(stored);
  std::ofstream(stored / "run.json") << "{}";
  fs::create_directory(folder.path() / "runs-here");
  std::ofstream(folder.path() / "history.jsonl") << "";
  const std::vector<std::pair<std::string, std::string>> lines{
      {"clew test-", "test-all"},
      {"clew test et", "test etcd"},
      {"clew test etcd --nemesis-i", "test etcd --nemesis-interval"},
      {"clew test etcd --nemesis partition,ki", "test etcd --nemesis partition,kill"},
      {"clew test etcd --nemesis=kill:le", "test etcd --nemesis=kill:leader"},
      {"clew check --model=cas-r", "check --model=cas-register"},
      {"clew replay etc", "replay etcd-register/20261124T000004.998Z"},
      {"clew serve --store=run", "serve --store=runs-here"},
      {"clew analyze hist", "analyze history.jsonl"},
      {"clew list mod", "list models"},
      {"clew test nothing-like-th", "test nothing-like-th"}};
  std::vector<std::string> words{"/usr/bin/python3",
                                 std::string(CLEW_SOURCE_DIR) + "/tests/cli/type_tab.py", shell,
                                 CLEW_BINARY, folder.path().string()};
  for (const auto& [typed, wanted] : lines) words.push_back(typed);
  const CommandResult result = run(words, folder.path());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::istringstream got(result.out);
  for (const auto& [typed, wanted] : lines) {
    std::string line;
    std::getline(got, line);
    if (line.ends_with('/')) line.pop_back();  // Some put it behind a folder at once.
    EXPECT_EQ(line, wanted) << typed;
  }
}
INSTANTIATE_TEST_SUITE_P(Shells, Completion, ::testing::Values("bash", "zsh", "fish"),
                         [](const auto& shell) { return std::string(shell.param); });

}  // namespace
}  // namespace clew
