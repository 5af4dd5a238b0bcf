#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reports/reporter.h"
#include "reports/wording.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Compares with tests/golden/NAME; tests/golden/approve.sh writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(CLEW_SOURCE_DIR) / "tests/golden" / name;
  if (std::getenv("CLEW_APPROVE") != nullptr) std::ofstream(path, std::ios::binary) << text;
  ASSERT_TRUE(std::filesystem::exists(path)) << "run tests/golden/approve.sh";
  EXPECT_EQ(text, read(path)) << "if this is better, run tests/golden/approve.sh";
}

TEST(TextSummary, LooksAsApproved) {
  for (const auto& [name, results] : samples::all()) {
    if (name == "hostile") continue;
    expect_golden("text-" + name + ".txt", text_summary(results, "store/run", false, true));
  }
}

TEST(TextSummary, LooksAsApprovedInAscii) {
  expect_golden("text-invalid-ascii.txt",
                text_summary(samples::invalid(), "store/run", false, false));
}

TEST(TextSummary, LooksAsApprovedInColour) {
  expect_golden("text-invalid-colour.txt",
                text_summary(samples::invalid(), "store/run", true, true));
}

TEST(TextSummary, WithoutUtf8IsAscii) {
  for (const auto& [name, results] : samples::all())
    for (const char c : text_summary(results, "store/run", false, false))
      ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << name;
}

TEST(TextSummary, WithoutColourSendsNoControlCharacter) {
  for (const auto& [name, results] : samples::all())
    for (const char c : text_summary(results, "store/run", false, true))
      ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ') << name;
}

TEST(TextSummary, OnlyItsOwnColoursReachTheTerminal) {
  const std::string text = text_summary(samples::hostile(), "store/run", true, true);
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at + 1)) {
    const auto end = text.find_first_not_of("0123456789;[", at + 1);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(text[end], 'm') << "only colours, no cursor, no title";
  }
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << "no bidirectional override";
}

TEST(TextSummary, StaysShort) {
  for (const auto& [name, results] : samples::all())
    EXPECT_LT(text_summary(results, "store/run", false, true).size(), 40'000U) << name;
}

TEST(Plain, KeepsGoodTextAndCutsLongText) {
  EXPECT_EQ(plain("grün → 7"), "grün → 7");
  EXPECT_EQ(plain("abcdef", 4), "abc…");
  EXPECT_EQ(plain("abcd", 4), "abcd");
  EXPECT_EQ(plain("äöüß", 3), "äö…");
  EXPECT_EQ(plain(std::string_view("a\0b\x1b[m\n", 7)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd[m ");
  EXPECT_EQ(plain("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Wording, NeverRoundsUpToAll) {
  EXPECT_EQ(percent(99'999, 100'000), "99.9 %");
  EXPECT_EQ(percent(100'000, 100'000), "100 %");
  EXPECT_EQ(percent(1, 100'000), "<0.1 %");
  EXPECT_EQ(percent(0, 100), "0 %");
  EXPECT_EQ(grouped(121'355), "121,355");
  EXPECT_EQ(grouped(999), "999");
}

}  // namespace
}  // namespace clew
