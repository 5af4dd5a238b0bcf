// What CI systems and monitoring read of a run, read by what others wrote.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "reports/annotations.h"
#include "reports/assemble.h"
#include "reports/reporter.h"
#include "tests/support/sample_results.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

const std::string schema = CLEW_SOURCE_DIR "/tests/data/junit-10.xsd";

std::string rendered(const std::string& plugin, const Results& results) {
  return ReporterRegistry::instance().find("report", plugin).make(Options{})->render(results);
}

// A run that found something on `count` keys, each with a counterexample.
Results failing_keys(std::size_t count) {
  Results results = samples::invalid();
  Verdict& verdict = results.verdicts[0];
  verdict.keys.resize(1);
  verdict.counterexamples.clear();
  for (std::size_t i = 0; i < count; ++i) {
    Counterexample shown = samples::stale_read();
    shown.key = "key number " + std::to_string(i);
    shown.sentence += std::string(i % 7 == 0 ? 4000 : 40, '|');
    KeyVerdict key = verdict.keys.front();
    key.key = shown.key;
    key.outcome = Outcome::invalid;
    verdict.keys.push_back(key);
    verdict.counterexamples.push_back(std::move(shown));
    results.warnings.push_back("the warning of key " + std::to_string(i) + std::string(500, '*'));
  }
  conclude(results, true);
  return results;
}

std::vector<std::pair<std::string, Results>> every_kind() {
  auto all = samples::all();
  all.emplace_back("hundreds", failing_keys(700));
  return all;
}

// The file of a kind that a command reads, whole.
class File {
 public:
  explicit File(const std::string& text) : path_(folder_.path() / "file") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  std::string path() const { return path_.string(); }

 private:
  TemporaryFolder folder_;
  fs::path path_;
};

TEST(JunitSchema, JenkinsAcceptsTheFileOfEveryKindOfRun) {
  if (!have("xmllint")) GTEST_SKIP() << "xmllint is missing: apt-get install libxml2-utils";
  const std::string check = "xmllint --noout --schema " + schema + " ";
  for (const auto& [name, results] : every_kind()) {
    const File file(rendered("junit", results));
    EXPECT_NO_THROW(output_of(check + file.path() + " 2>&1")) << name;
  }
  const File bad("<testsuites><testsuite name=\"a\"><case/></testsuite></testsuites>");
  EXPECT_THROW(output_of(check + bad.path() + " 2>&1"), std::runtime_error);
}

TEST(JunitSchema, AReaderFindsTheTestsAndWhatBecameOfThem) {
  const std::string python = "/usr/bin/python3";
  if (std::system((python + " -c 'import junitparser' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "junitparser is missing: apt-get install python3-junitparser";
  // As a CI system does: count, and name what failed.
  const std::string program =
      "import sys, junitparser as j\n"
      "xml = j.JUnitXml.fromfile(sys.argv[1])\n"
      "for suite in xml:\n"
      "  cases = list(suite)\n"
      "  kinds = [type(r).__name__ for c in cases for r in c.result]\n"
      "  told = (suite.tests, suite.failures, suite.errors, suite.skipped)\n"
      "  assert told == (len(cases), kinds.count(\"Failure\"), kinds.count(\"Error\"),\n"
      "                  kinds.count(\"Skipped\")), (told, kinds)\n"
      "  names = [(c.classname, c.name) for c in cases]\n"
      "  assert len(names) == len(set(names)), names\n"
      "  print(suite.name, *told)\n"
      "  for c in cases:\n"
      "    for r in c.result: print(c.name, type(r).__name__, r.type, r.message, sep=\"|\")\n";
  const File script(program);
  for (const auto& [name, results] : every_kind()) {
    const File file(rendered("junit", results));
    std::string told;
    ASSERT_NO_THROW(told = output_of(python + " " + script.path() + " " + file.path() + " 2>&1"))
        << name;
    if (name == "valid") { EXPECT_EQ(told, "etcd.register.partition,kill:leader,pause 3 0 0 0\n"); }
    if (name == "invalid") {
      EXPECT_NE(told.find("linearizable|Failure|linearizability|Stale read on key k17"),
                std::string::npos)
          << told;
    }
  }
}

TEST(Summary, StaysBelowSixtyKilobytesWithHundredsOfFailingKeys) {
  const Results results = failing_keys(700);
  ASSERT_GT(results_to_json(results).size(), std::size_t{60} * 1024);
  const std::string text = rendered("markdown", results);
  EXPECT_LE(text.size(), std::size_t{60} * 1024);
  EXPECT_NE(text.find("NOT LINEARIZABLE"), std::string::npos);
  EXPECT_NE(text.find("700 invalid"), std::string::npos) << text.substr(0, 3000);
  EXPECT_NE(text.find("Stale read on key"), std::string::npos);
  EXPECT_LE(rendered("junit", results).size(), std::size_t{1} << 20);
}

TEST(Annotations, CannotBeEscapedFrom) {
  EXPECT_EQ(github_command("error", "a:b,c%\n::warning::x", "50 %\r\n::error title=y::z"),
            "::error title=a%3Ab%2Cc%25 %3A%3Awarning%3A%3Ax::50 %25 %0A::error title=y::z\n");
  for (const auto& [name, results] : every_kind()) {
    const std::string text = github_annotation(results);
    EXPECT_EQ(text.empty(), results.exit_code == 0) << name;
    if (text.empty()) continue;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << name;
    EXPECT_EQ(text.find('\r'), std::string::npos) << name;
    const std::string title = text.substr(0, text.find("::", 2));
    EXPECT_TRUE(std::regex_match(title, std::regex("::(error|warning) title=[^:,\n]*"))) << title;
    EXPECT_LT(text.size(), 8000U) << name;
  }
}

TEST(Annotations, TellErrorsFromWhatIsUndecided) {
  EXPECT_TRUE(github_annotation(samples::invalid())
                  .starts_with("::error title=clew%3A NOT LINEARIZABLE%3A etcd 3.4.23 register"));
  EXPECT_TRUE(github_annotation(samples::unknown()).starts_with("::warning title=clew%3A UNKNOWN"));
  EXPECT_TRUE(github_annotation(samples::internal_error()).starts_with("::error "));
  EXPECT_EQ(github_annotation(samples::valid()), "");
  Results gate = samples::valid();
  gate.gates = {{.text = "p99<1ms", .name = "p99", .limit = std::chrono::milliseconds(1)}};
  conclude(gate, true);
  ASSERT_EQ(gate.exit_code, 3);
  EXPECT_TRUE(github_annotation(gate).starts_with("::error title=clew%3A GATE FAILED"));
}

// ---- metrics.prom ----

struct Sample {
  std::string name{};
  std::map<std::string, std::string> labels{};
  double value = 0;
};

// The text format 0.0.4 as its specification words it, and stricter: a family has HELP and TYPE,
// once, before its samples, which stand together; no sample comes twice. Throws.
std::vector<Sample> parse_metrics(const std::string& text) {
  static const std::regex sample(
      R"re(([a-z][a-z0-9_]*)\{((?:[a-z][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\} (\S+))re");
  static const std::regex label(R"re(([a-z][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)")re");
  std::vector<Sample> samples;
  std::set<std::string> families, series;
  std::string family, type;
  std::istringstream in(text);
  const auto need = [](bool holds, const std::string& line) {
    if (!holds) throw std::runtime_error("not as it should be: " + line);
  };
  need(text.ends_with('\n'), "the end");
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      need(families.insert(family).second && line.size() > 9 + family.size(), line);
      std::getline(in, line);
      need(line.starts_with("# TYPE " + family + " "), line);
      type = line.substr(8 + family.size());
      need(type == "gauge" || type == "summary", line);
      continue;
    }
    need(std::regex_match(line, match, sample), line);
    const std::string name = match[1];
    need(name == family || (type == "summary" && name == family + "_count"), line);
    need(series.insert(line.substr(0, line.rfind(' '))).second, line);
    Sample each{.name = name};
    each.value = match[3] == "+Inf" ? HUGE_VAL : std::stod(match[3]);
    const std::string labels = match[2];
    for (std::sregex_iterator it(labels.begin(), labels.end(), label), end; it != end; ++it)
      need(each.labels.emplace((*it)[1], (*it)[2]).second, line);
    samples.push_back(std::move(each));
  }
  return samples;
}

double value_of(const std::vector<Sample>& samples, const std::string& name,
                const std::map<std::string, std::string>& labels) {
  for (const Sample& each : samples) {
    bool fits = each.name == name;
    for (const auto& [label, text] : labels) {
      const auto it = each.labels.find(label);
      fits = fits && it != each.labels.end() && it->second == text;
    }
    if (fits) return each.value;
  }
  ADD_FAILURE() << "no sample " << name;
  return -1;
}

TEST(MetricsFile, IsRightAndWithoutSeriesOfKeysAndSeeds) {
  for (const auto& [name, results] : every_kind()) {
    const std::string text = rendered("metrics", results);
    std::vector<Sample> samples;
    ASSERT_NO_THROW(samples = parse_metrics(text)) << name;
    double verdicts = 0;
    for (const Sample& each : samples) {
      EXPECT_FALSE(each.labels.contains("key") || each.labels.contains("seed")) << name;
      if (each.name == "clew_run_verdict") verdicts += each.value;
    }
    EXPECT_EQ(verdicts, 1) << name;
    EXPECT_LT(samples.size(), 200U) << name;
  }
  EXPECT_THROW(parse_metrics("clew_a{} 1\n"), std::runtime_error);
  EXPECT_THROW(parse_metrics("# HELP clew_a b\n# TYPE clew_a gauge\nclew_a{x=\"\n\"} 1\n"),
               std::runtime_error);
}

TEST(MetricsFile, SaysWhatTheResultsSay) {
  const Results results = samples::invalid();
  const auto samples = parse_metrics(rendered("metrics", results));
  EXPECT_EQ(value_of(samples, "clew_run_verdict", {{"verdict", "invalid"}, {"system", "etcd"}}), 1);
  EXPECT_EQ(value_of(samples, "clew_run_exit_code", {}), 1);
  for (const auto& [f, tally] : results.by_function) {
    EXPECT_EQ(value_of(samples, "clew_operations", {{"f", f}, {"outcome", "ok"}}),
              static_cast<double>(tally.ok));
    EXPECT_EQ(value_of(samples, "clew_operations", {{"f", f}, {"outcome", "info"}}),
              static_cast<double>(tally.info));
  }
  const auto seconds = [](Nanos time) { return std::chrono::duration<double>(time).count(); };
  EXPECT_EQ(value_of(samples, "clew_operation_latency_seconds", {{"quantile", "0.99"}}),
            seconds(results.performance.p99));
  EXPECT_EQ(value_of(samples, "clew_operation_latency_p99_seconds", {{"phase", "fault"}}),
            seconds(results.performance.p99_fault));
  for (const std::string state : {"planned", "applied", "proven", "healed"})
    EXPECT_EQ(value_of(samples, "clew_faults", {{"fault", "kill"}, {"state", state}}), 1);
  EXPECT_EQ(value_of(samples, "clew_check_seconds", {{"checker", "linearizable"}}),
            seconds(results.verdicts[0].check_time));
  EXPECT_EQ(value_of(samples, "clew_anomalies", {{"class", "stale-read"}}), 1);
  EXPECT_GT(value_of(samples, "clew_recovery_seconds", {{"fault", "partition"}}), 0);
}

TEST(MetricsFile, SaysThatAFaultWasNotProven) {
  const auto samples = parse_metrics(rendered("metrics", samples::vacuous()));
  EXPECT_EQ(value_of(samples, "clew_faults", {{"fault", "partition"}, {"state", "applied"}}), 1);
  EXPECT_EQ(value_of(samples, "clew_faults", {{"fault", "partition"}, {"state", "proven"}}), 0);
  EXPECT_EQ(value_of(samples, "clew_run_verdict", {{"verdict", "unknown"}}), 1);
}

TEST(MetricsFile, APlaceWithoutProgressIsInfinitelyLong) {
  Results results = samples::valid();
  for (FaultImpact& impact : results.recovery.faults) {
    impact.alone = impact.tried_after_heal = true;
    impact.recovered_after = never;
  }
  const auto samples = parse_metrics(rendered("metrics", results));
  EXPECT_EQ(value_of(samples, "clew_recovery_seconds", {{"fault", "kill"}}), HUGE_VAL);
}

TEST(MetricsFile, PrometheusReadsIt) {
  const std::string python = "/usr/bin/python3";
  if (std::system((python + " -c 'import prometheus_client' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "the parser is missing: apt-get install python3-prometheus-client";
  const File script(
      "import sys\n"
      "from prometheus_client.parser import text_string_to_metric_families as parse\n"
      "n = 0\n"
      "for family in parse(open(sys.argv[1], encoding=\"utf-8\", newline=\"\\n\").read()):\n"
      "  assert family.documentation and family.type in (\"gauge\", \"summary\"), family\n"
      "  n += len(family.samples)\n"
      "print(n)\n");
  for (const auto& [name, results] : every_kind()) {
    const std::string text = rendered("metrics", results);
    const File file(text);
    std::string told;
    ASSERT_NO_THROW(told = output_of(python + " " + script.path() + " " + file.path() + " 2>&1"))
        << name;
    EXPECT_EQ(told, std::to_string(parse_metrics(text).size()) + "\n") << name;
    if (have("promtool")) {
      EXPECT_EQ(output_of("promtool check metrics <" + file.path() + " 2>&1"), "") << name;
    }
  }
}

}  // namespace
}  // namespace clew
