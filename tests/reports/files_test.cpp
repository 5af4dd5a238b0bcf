#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <map>

#include "reports/html.h"
#include "reports/page_template.h"
#include "reports/recording.h"
#include "reports/reporter.h"
#include "reports/svg.h"
#include "reports/wording.h"
#include "tests/support/sample_results.h"
#include "tests/support/well_formed.h"

namespace clew {
namespace {

std::string rendered(const std::string& plugin, const Results& results) {
  return ReporterRegistry::instance().find("report", plugin).make(Options{})->render(results);
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size()))
    ++count;
  return count;
}

// A file of this test process, removed at the end.
class Scratch {
 public:
  Scratch(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("clew-report-" + std::to_string(getpid()) + "-" + name)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(Reports, AreFiveFilesOfTheRunsFolder) {
  std::map<std::string_view, std::string> files;
  for (const auto& [name, entry] : ReporterRegistry::instance().entries())
    files[name] = entry.make(Options{})->file_name();
  const std::map<std::string_view, std::string> wanted{{"html", "report.html"},
                                                       {"json", "results.json"},
                                                       {"junit", "junit.xml"},
                                                       {"markdown", "summary.md"},
                                                       {"metrics", "metrics.prom"}};
  EXPECT_EQ(files, wanted);
}

TEST(Reports, AreTheSameFromTheFileAsFromTheRun) {
  for (const auto& [name, results] : samples::all()) {
    const Results stored = results_from_json(results_to_json(results));
    for (const std::string plugin : {"html", "json", "junit", "markdown", "metrics"})
      EXPECT_EQ(rendered(plugin, stored), rendered(plugin, results)) << name << " " << plugin;
  }
}

TEST(Xml, TheCheckerOfTheseTestsSeesFaults) {
  EXPECT_EQ(xml_fault("<a b=\"c\">d &amp; e<f/></a>\n"), "");
  for (const std::string bad : {"<a>", "<a></b>", "<a b=c/>", "<a>&nbsp;</a>", "<a b=\"<\"/>",
                                "<a/><b/>", "<a b=\"1\" b=\"2\"/>", "<a>\x01</a>", "x<a/>"})
    EXPECT_NE(xml_fault(bad), "") << bad;
}

TEST(Html, IsWellFormedWhateverTheResults) {
  for (const auto& [name, results] : samples::all())
    EXPECT_EQ(xml_fault(rendered("html", results)), "") << name;
}

TEST(Html, AnotherParserAgrees) {
  if (!have("python3")) GTEST_SKIP() << "python3 is missing";
  for (const auto& [name, results] : samples::all()) {
    const Scratch page("page.html", rendered("html", results));
    const Scratch junit("junit.xml", rendered("junit", results));
    for (const std::string& path : {page.path(), junit.path()})
      EXPECT_NO_THROW(
          output_of("python3 -c 'import sys, xml.dom.minidom as m; "
                    "m.parse(sys.argv[1])' " +
                    path + " 2>&1"))
          << name;
  }
}

// All of a run that report.html can show.
std::string recorded_page(const std::string& name, const Results& results) {
  const auto html = ReporterRegistry::instance().find("report", "html").make(Options{});
  return html->render(results, make_recording(samples::history_of(name), results));
}

TEST(Html, LetsItsOwnScriptAndStyleThroughAndAsksNobodyForAnything) {
  const std::string policy(page_policy());
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'sha256-")) << policy;
  EXPECT_FALSE(has(policy, "unsafe"));
  EXPECT_FALSE(has(policy, "http"));
  for (const auto& [name, results] : samples::all()) {
    const std::string page = recorded_page(name, results);
    EXPECT_TRUE(has(page, "content=\"" + escaped(policy) + "\"")) << name;
    EXPECT_EQ(times(page, "<script>"), 1U) << name;
    EXPECT_EQ(times(page, "<script"), 1 + times(page, "<script type=\"application/")) << name;
    for (const std::string bad : {"<img", "<link", "<iframe", " onerror=\"", " style=\"", " src=\"",
                                  "href=\"http", "href=\"javascript", "@import"})
      EXPECT_FALSE(has(page, bad)) << name << " " << bad;
    EXPECT_EQ(times(page, "</style>"), 1U) << name;
  }
}

TEST(Html, IsWellFormedWithEverythingThatWasRecorded) {
  for (const auto& [name, results] : samples::all())
    EXPECT_EQ(xml_fault(recorded_page(name, results)), "") << name;
}

TEST(Html, HasNoDataWhereNothingWasRecorded) {
  EXPECT_FALSE(has(rendered("html", samples::valid()), "id=\"data-"));
  EXPECT_FALSE(has(recorded_page("empty", samples::empty()), "id=\"data-"));
  EXPECT_TRUE(has(recorded_page("valid", samples::valid()), "id=\"data-meta\""));
}

TEST(Html, SaysTheVerdictInWordsSymbolAndColour) {
  const auto banner = [](const Results& results, const std::string& kind, const std::string& symbol,
                         const std::string& words) {
    return has(rendered("html", results),
               "<header class=\"banner " + kind +
                   "\"><h1><span class=\"symbol\" aria-hidden=\"true\">" + symbol + "</span> " +
                   words + "</h1>");
  };
  EXPECT_TRUE(banner(samples::valid(), "pass", "✓", "LINEARIZABLE"));
  EXPECT_TRUE(banner(samples::invalid(), "violation", "✗", "NOT LINEARIZABLE"));
  EXPECT_TRUE(banner(samples::unknown(), "unknown", "?", "UNKNOWN"));
  EXPECT_TRUE(banner(samples::vacuous(), "unknown", "?", "UNKNOWN"));
  EXPECT_TRUE(banner(samples::internal_error(), "error", "!", "RUN ERROR"));
}

TEST(Html, CountsAreThoseOfTheResults) {
  const Results results = samples::invalid();
  const std::string page = rendered("html", results);
  EXPECT_TRUE(has(page, "<dt>operations</dt><dd>" + grouped(results.ops.total()) + " "));
  const auto row = [](const std::string& name, const Tally& tally) {
    std::string cells = "<td>" + name + "</td>";
    for (const std::uint64_t n : {tally.total(), tally.ok, tally.fail, tally.info})
      cells += "<td class=\"num\">" + grouped(n) + "</td>";
    return cells;
  };
  EXPECT_TRUE(has(page, row("all", results.ops)));
  for (const auto& [name, tally] : results.by_function) EXPECT_TRUE(has(page, row(name, tally)));
  for (const auto& [name, tally] : results.by_node) EXPECT_TRUE(has(page, row(name, tally)));
  for (const TimeBin& bin : results.performance.bins)
    EXPECT_TRUE(has(page, "<tr><td class=\"num\">" + at_second(bin.from) +
                              "</td><td class=\"num\">" + at_second(bin.to) +
                              "</td><td class=\"num\">" + grouped(bin.ops.ok) + "</td>"));
  for (const auto& [text, count] : results.errors)
    EXPECT_TRUE(
        has(page, "<td class=\"num\">" + grouped(count) + "</td><td class=\"code\">" + text));
  EXPECT_EQ(times(page, "✗ invalid"), 3U) << "one checker, two keys";
}

TEST(Html, DrawsTheCounterexampleWithEveryCallAndStep) {
  const std::string page = rendered("html", samples::invalid());
  EXPECT_EQ(times(page, "<article class=\"counterexample\""), 2U);
  EXPECT_TRUE(has(page, "real time, to scale")) << "every pause of the first can be seen";
  EXPECT_TRUE(has(page, "order of events; lengths are not to scale")) << "not so in the second";
  EXPECT_TRUE(has(page, "✗ needs 7, but the register holds 8"));
  EXPECT_TRUE(has(page, "partition {n1,n2}|{n3,n4,n5}"));
  EXPECT_TRUE(has(page, "leads term 1"));
  EXPECT_TRUE(has(page, "url(#cx2-fade)")) << "the unknown write fades out";
  EXPECT_TRUE(has(page, "read → 7"));
}

TEST(Html, ListsOtherOrdersAndWhyEachComesToAnEnd) {
  Results results = samples::invalid();
  EXPECT_FALSE(has(rendered("html", results), "2 other orders"));
  results.verdicts[0].counterexamples[0].other_orders = {{{{0, "7"}}, {{2, "needs nine"}}},
                                                         {{}, {{1, "needs eleven"}}}};
  const std::string page = rendered("html", results);
  EXPECT_TRUE(has(page, "2 other orders as long"));
  EXPECT_TRUE(has(page, "needs nine"));
  EXPECT_TRUE(has(page, "needs eleven"));
}

TEST(Html, ShowsTenOfManyFailingKeysAndSaysSo) {
  const std::string page = rendered("html", samples::many_failing());
  EXPECT_EQ(times(page, "<article class=\"counterexample\""), 10U);
  EXPECT_TRUE(has(page, "10 of 14 failing keys shown."));
  EXPECT_TRUE(has(page, "100 keys left out"));
  EXPECT_LT(page.find("<td>k300</td>"), page.find("<td>k12</td>")) << "bad keys first";
}

TEST(Html, MarksAFaultThatNeverTookEffect) {
  EXPECT_TRUE(has(rendered("html", samples::vacuous()), "✗ never took effect"));
  EXPECT_FALSE(has(rendered("html", samples::valid()), "never took effect"));
}

TEST(Html, StaysSmall) {
  for (const auto& [name, results] : samples::all())
    EXPECT_LT(rendered("html", results).size(), 600'000U) << name;
}

TEST(Html, ABrowserFindsNothingHostileInIt) {
  if (!have("chromium")) GTEST_SKIP() << "chromium is missing";
  const Scratch page("hostile.html", rendered("html", samples::hostile()));
  const std::string dom = output_of(
      "d=$(mktemp -d) && timeout 50 chromium --headless --no-sandbox --disable-gpu --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync "
      "--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir=$d --dump-dom file://" +
      page.path() + " 2>/dev/null; code=$?; rm -rf $d; exit $code");
  EXPECT_TRUE(has(dom, "<title>✗ INVALID"));
  for (const std::string bad : {"<img", "<title>owned"}) EXPECT_FALSE(has(dom, bad)) << bad;
  EXPECT_EQ(times(dom, "<script"), 1U);
  EXPECT_EQ(times(dom, "<svg"), times(rendered("html", samples::hostile()), "<svg"));
}

TEST(Junit, CountsWhatItHolds) {
  for (const auto& [name, results] : samples::all()) {
    const std::string xml = rendered("junit", results);
    EXPECT_EQ(xml_fault(xml), "") << name;
    EXPECT_TRUE(has(xml, " tests=\"" + std::to_string(times(xml, "<testcase ")) + "\"")) << name;
    EXPECT_TRUE(has(xml, " failures=\"" + std::to_string(times(xml, "<failure ")) + "\"")) << name;
    EXPECT_TRUE(has(xml, " errors=\"" + std::to_string(times(xml, "<error ")) + "\"")) << name;
    const bool green = times(xml, "<failure ") + times(xml, "<error ") == 0;
    EXPECT_EQ(green, results.outcome == Outcome::valid) << name;
  }
}

TEST(Junit, NamesStayTheSameFromRunToRun) {
  Results one = samples::invalid();
  Results other = one;
  other.seed = 4711;
  other.started = "20270101T000000.000Z";
  const auto names = [](const std::string& xml) {
    std::string out;
    for (auto at = xml.find("name=\""); at != std::string::npos; at = xml.find("name=\"", at + 1))
      out += xml.substr(at, xml.find('"', at + 6) - at) + "\n";
    return out;
  };
  EXPECT_EQ(names(rendered("junit", one)), names(rendered("junit", other)));
  EXPECT_TRUE(has(names(rendered("junit", one)), "name=\"linearizable key k17\n"));
  EXPECT_TRUE(has(rendered("junit", one), "<property name=\"seed\" value=\"42\"/>"));
  EXPECT_TRUE(has(rendered("junit", one), "timestamp=\"2026-02-14T03:15:00\""));
}

TEST(Junit, TellsViolationsFromUnknowns) {
  EXPECT_TRUE(has(rendered("junit", samples::invalid()),
                  "<failure type=\"linearizability\" message=\"Stale read on key k17"));
  EXPECT_TRUE(has(rendered("junit", samples::unknown()), "<error type=\"unknown:time-limit\""));
  EXPECT_TRUE(has(rendered("junit", samples::vacuous()), "<error type=\"unknown:vacuous\""));
  EXPECT_TRUE(
      has(rendered("junit", samples::internal_error()), "<error type=\"unknown:internal-error\""));
}

TEST(Markdown, FitsAndKeepsHostileTextHarmless) {
  for (const auto& [name, results] : samples::all()) {
    const std::string text = rendered("markdown", results);
    EXPECT_LE(text.size(), 60U * 1024) << name;
    EXPECT_TRUE(text.starts_with("## ")) << name;
  }
  const std::string text = rendered("markdown", samples::hostile());
  const std::string outside = text.substr(0, text.find("````"));
  ASSERT_LT(outside.size(), text.size()) << "the fence is longer than the backticks inside";
  for (const std::string bad : {"<script", "<img", "](javascript", "@all", "\n::error"})
    EXPECT_FALSE(has(outside, bad)) << bad;
}

// WCAG 2: contrast of two colours "#rrggbb".
double contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const std::string& colour) {
    const auto part = [&](std::size_t at) {
      const double c = std::stoi(colour.substr(at, 2), nullptr, 16) / 255.0;
      return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
  };
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

// The variables of the n-th :root of the style sheet: light, dark, paper.
std::map<std::string, std::string> scheme(std::size_t n) {
  const std::string css(page_style());
  std::size_t at = 0;
  for (std::size_t i = 0; i <= n; ++i) at = css.find(":root{", at) + 6;
  std::map<std::string, std::string> out;
  const std::string body = css.substr(at, css.find('}', at) - at);
  for (auto i = body.find("--"); i != std::string::npos; i = body.find("--", i + 2)) {
    std::string colour = body.substr(body.find('#', i), 7);
    if (colour.size() < 7 || colour[4] == ';' || body[body.find('#', i) + 4] == ';')
      colour = {'#', colour[1], colour[1], colour[2], colour[2], colour[3], colour[3]};
    out[body.substr(i + 2, body.find(':', i) - i - 2)] = colour;
  }
  return out;
}

TEST(Colours, TextCanBeReadInEveryScheme) {
  for (std::size_t n = 0; n < 3; ++n) {
    auto colours = scheme(n);
    for (const std::string text :
         {"ink", "muted", "link", "pass", "violation", "unknown", "error"}) {
      EXPECT_GE(contrast(colours[text], colours["ground"]), 4.5) << n << " " << text;
      EXPECT_GE(contrast(colours[text], colours["card"]), 4.5) << n << " " << text;
    }
    EXPECT_GE(contrast(colours["ink"], colours["badrow"]), 4.5);
    EXPECT_GE(contrast(colours["ink"], colours["unsurerow"]), 4.5);
  }
}

TEST(Colours, LabelsOnBarsCanBeRead) {
  for (const Paint& paint : {paint::bad, paint::leader, paint::split, paint::point})
    EXPECT_GE(contrast("#ffffff", std::string(paint.fill)), 4.5) << paint.name;
  for (std::size_t kind = 0; kind < 6; ++kind)
    EXPECT_GE(contrast("#ffffff", std::string(fault_paint(kind).fill)), 4.5) << kind;
  for (const Paint& paint : {paint::ok, paint::fail, paint::info})
    EXPECT_GE(contrast("#1d2329", std::string(paint.fill)), 4.5) << paint.name;
  for (const std::string dark : {"#1f426f", "#5b2740", "#553a08"}) {
    EXPECT_TRUE(has(std::string(page_style()), dark));
    EXPECT_GE(contrast("#e4e7eb", dark), 4.5) << dark;
  }
}

}  // namespace
}  // namespace clew
