// The layout of this repository, as a test. If it fails, either the change is
// wrong or this file should say so in the same commit.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace clew {
namespace {

namespace fs = std::filesystem;

const fs::path root = CLEW_SOURCE_DIR;

// Who may include whom. Arrows point one way; there is no other table.
// harness/cli is where everything is put together.
const std::map<std::string, std::set<std::string>> may_include{
    {"harness", {"harness"}},
    {"checkers", {"checkers", "harness"}},
    {"nemesis", {"nemesis", "harness"}},
    {"workloads", {"workloads", "checkers", "harness"}},
    {"reports", {"reports", "checkers", "harness"}},
    {"harness/cli", {"harness", "checkers", "nemesis", "workloads", "reports"}},
    {"tests", {"tests", "harness", "checkers", "nemesis", "workloads", "reports"}},
};

// Judging must not depend on running: no thread, clock or socket behind a verdict.
const std::set<std::string> pure{"value", "op",           "history",    "history_file", "error",
                                 "check", "options",      "registry",   "nearest",      "clock",
                                 "rng",   "fault_record", "huge_pages", "base64"};

std::string room_of(const fs::path& file) {
  const std::string name = fs::relative(file, root).generic_string();
  if (name.rfind("harness/cli/", 0) == 0) return "harness/cli";
  return name.substr(0, name.find('/'));
}

std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const char* folder : {"harness", "checkers", "nemesis", "workloads", "reports", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp") files.push_back(entry.path());
    }
  }
  return files;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Tidy, IncludesPointOneWay) {
  static const std::regex include(R"re(^#include "([a-z]+)/(?:.*/)?([a-z_0-9]+)\.h")re");
  for (const fs::path& file : sources()) {
    const std::string room = room_of(file);
    const auto lines = lines_of(file);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(lines[i], match, include)) continue;
      const std::string where = file.string() + ":" + std::to_string(i + 1) + ": " + lines[i];
      EXPECT_TRUE(may_include.at(room).contains(match.str(1))) << where;
      if ((room == "checkers" || room == "reports") && match.str(1) == "harness") {
        EXPECT_TRUE(pure.contains(match.str(2))) << where;
      }
    }
  }
}

TEST(Tidy, HeadersIncludeNeitherJsonNorBoost) {
  for (const fs::path& file : sources()) {
    if (file.extension() != ".h") continue;
    for (const std::string& line : lines_of(file)) {
      EXPECT_EQ(line.rfind("#include <nlohmann", 0), std::string::npos) << file;
      EXPECT_EQ(line.rfind("#include <boost", 0), std::string::npos) << file;
    }
  }
}

TEST(Tidy, FilesAndLinesFitTheScreen) {
  for (const fs::path& file : sources()) {
    const auto lines = lines_of(file);
    EXPECT_LE(lines.size(), 500U) << file << " wants to be two files";
    bool quoted = false;  // Raw string literals keep the lines of what they quote.
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool opens = lines[i].find("R\"") != std::string::npos;
      const bool closes =
          lines[i].find(")\"") != std::string::npos || lines[i].find(")css\"") != std::string::npos;
      quoted = (quoted || opens) && !closes;
      if (quoted || opens || closes) continue;
      EXPECT_LE(lines[i].size(), 110U) << file.string() << ":" << i + 1;
    }
  }
}

// A build must know its inputs: a source that no CMake file names is dead.
TEST(Tidy, EverySourceIsCompiled) {
  std::string cmake;
  for (const char* folder : {"harness", "checkers", "nemesis", "workloads", "reports", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().filename() != "CMakeLists.txt" && entry.path().extension() != ".cmake")
        continue;
      std::ifstream in(entry.path());
      std::stringstream text;
      text << in.rdbuf();
      cmake += text.str();
    }
  }
  for (const fs::path& file : sources()) {
    if (file.extension() != ".cpp") continue;
    EXPECT_NE(cmake.find(file.filename().string()), std::string::npos)
        << file << " is compiled by nobody";
  }
}

TEST(Tidy, EveryFolderHasAMapThatNamesItsFiles) {
  for (const char* folder : {"harness", "harness/cli", "harness/lab", "harness/systems", "checkers",
                             "nemesis", "workloads", "reports"}) {
    const fs::path map = root / folder / "README.md";
    ASSERT_TRUE(fs::exists(map)) << map;
    std::ifstream in(map);
    std::stringstream text;
    text << in.rdbuf();
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      if (entry.path().extension() != ".cpp") continue;
      EXPECT_NE(text.str().find(entry.path().stem().string()), std::string::npos)
          << map << " does not mention " << entry.path().filename();
    }
  }
}

}  // namespace
}  // namespace clew
