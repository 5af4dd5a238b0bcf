#include "reports/batch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "harness/value.h"
#include "reports/fingerprint.h"
#include "reports/wording.h"
#include "tests/support/sample_results.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/well_formed.h"

namespace clew {
namespace {

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

BatchRun run_of(const Results& results, std::size_t number) {
  BatchRun run{.number = number,
               .title = job_title(results),
               .job = job_name(results),
               .seed = 40 + number,
               .exit_code = results.exit_code,
               .folder = "store/job/2026 & more",
               .results = results};
  for (const std::string& fingerprint : fingerprints(results))
    run.failures.push_back({.fingerprint = fingerprint});
  return run;
}

// One run of every kind, and one that did not start.
Batch everything() {
  Batch batch{.file = "night|ly.toml", .shard = "1/2", .started = "20260214T031500.120Z"};
  std::map<std::string, int> repetitions;
  for (const auto& [name, results] : samples::all()) {
    batch.runs.push_back(run_of(results, batch.runs.size() + 1));
    batch.runs.back().repetition = ++repetitions[batch.runs.back().job];
  }
  batch.runs.push_back({.number = 99,
                        .title = "etcd lock",
                        .job = "etcd.lock",
                        .exit_code = 4,
                        .trouble = "no <such> thing\n::error::x"});
  batch.planned = batch.runs.size() + 2;
  batch.exit_code = 1;
  return batch;
}

TEST(Batch, OnlyWhatIsWhollyKnownIsExcused) {
  BatchRun run = run_of(samples::invalid(), 1);
  ASSERT_EQ(run.failures.size(), 2U);
  EXPECT_FALSE(run.excused());
  run.failures[0].issue = "DB-1";
  EXPECT_FALSE(run.excused()) << "the other failure is nobody's issue";
  run.failures[1].issue = "DB-2";
  EXPECT_TRUE(run.excused());
  EXPECT_EQ(run.counted_exit_code(), 0);
  run.failures[1].expired = true;
  EXPECT_FALSE(run.excused());
  EXPECT_EQ(run.counted_exit_code(), 1);
  run.failures[1].expired = false;
  for (const int code : {4, 130, 143, 254, 255}) {
    run.exit_code = code;
    EXPECT_EQ(run.counted_exit_code(), code) << "what broke the run is no known issue";
  }
  EXPECT_FALSE(run_of(samples::valid(), 1).excused());
}

TEST(Batch, JunitHasEveryRunAsASuiteAndJenkinsAcceptsIt) {
  const Batch batch = everything();
  const std::string xml = batch_junit(batch);
  EXPECT_EQ(xml_fault(xml), "");
  std::size_t suites = 0;
  std::set<std::string> tests;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::string tag = xml.substr(at, xml.find('>', at) - at);
    suites += tag.starts_with("<testsuite ") ? 1U : 0U;
    if (tag.starts_with("<testcase ")) {
      EXPECT_TRUE(tests.insert(tag.substr(0, tag.find(" time="))).second)
          << tag << " is there twice: GitLab drops one";
    }
  }
  EXPECT_EQ(suites, batch.runs.size());
  EXPECT_TRUE(has(xml, "<error type=\"exit-4\" message=\"no &lt;such&gt; thing"));
  EXPECT_TRUE(has(xml, "[[ATTACHMENT|store/job/2026 &amp; more/report.html]]"));
  EXPECT_TRUE(has(xml,
                  "<property name=\"fingerprint\" "
                  "value=\"etcd:register:cas-register:stale-read:partition\"/>"));
  if (!have("xmllint")) GTEST_SKIP() << "xmllint is missing: apt-get install libxml2-utils";
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "junit.xml") << xml;
  EXPECT_NO_THROW(output_of("xmllint --noout --schema " CLEW_SOURCE_DIR
                            "/tests/data/junit-10.xsd " +
                            (folder.path() / "junit.xml").string() + " 2>&1"));
}

TEST(Batch, PlansThatDifferInTheirOptionsDifferInJunit) {
  Batch batch{.file = "m.toml"};
  batch.runs = {run_of(samples::valid(), 1), run_of(samples::valid(), 2)};
  batch.runs[1].variant = " --serializable";
  batch.runs[1].repetition = 2;
  const std::string xml = batch_junit(batch);
  EXPECT_TRUE(has(xml, "classname=\"etcd.register.partition,kill:leader,pause\""));
  EXPECT_TRUE(
      has(xml, "classname=\"etcd.register.partition,kill:leader,pause --serializable #2\""));
}

TEST(Batch, WhatIsExcusedIsSkippedInJunitAndNoFailure) {
  Batch batch{.file = "m.toml"};
  batch.runs = {run_of(samples::invalid(), 1)};
  EXPECT_TRUE(has(batch_junit(batch), "<failure "));
  for (Failure& failure : batch.runs[0].failures) failure.issue = "DB-1 & co";
  const std::string xml = batch_junit(batch);
  EXPECT_FALSE(has(xml, "<failure "));
  EXPECT_TRUE(has(xml, " failures=\"0\" errors=\"0\" skipped=\"3\""));
  EXPECT_TRUE(has(xml, "<skipped message=\"known issue: DB-1 &amp; co: Stale read on key k17"));
  EXPECT_EQ(xml_fault(xml), "");
}

TEST(Batch, EveryRunIsALineOfJsonAndTheTotalsOneMore) {
  Batch batch = everything();
  batch.runs[0].reproduction = {.runs = 5, .same = {3, 4}, .otherwise = 1};
  for (const BatchRun& run : batch.runs) {
    const std::string line = batch_run_json(run);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const Value value = parse_json(line);
    EXPECT_EQ(value.find("schema")->as_text(), "clew.batch-run/1");
    EXPECT_EQ(value.find("exit")->as_int(), run.exit_code);
    EXPECT_EQ(value.find("failures")->as_list().size(), run.failures.size());
    EXPECT_EQ(value.find("verdict") != nullptr, run.results.has_value());
  }
  const Value again = *parse_json(batch_run_json(batch.runs[0])).find("reproduction");
  EXPECT_EQ(again.find("same")->as_int(), 3);
  EXPECT_EQ(again.find("decided")->as_int(), 4);
  EXPECT_NEAR(again.find("low")->as_real(), 0.3006, 5e-4);
  const Value totals = parse_json(batch_totals_json(batch));
  EXPECT_EQ(totals.find("exit")->as_int(), 1);
  EXPECT_EQ(totals.find("shard")->as_text(), "1/2");
  EXPECT_EQ(totals.find("runs")->as_int(), static_cast<std::int64_t>(batch.runs.size()));
}

TEST(Batch, TextSaysWhatFailedWhetherItIsNewAndHowOftenItComesBack) {
  BatchRun run = run_of(samples::invalid(), 3);
  run.failures[0].novelty = Novelty::returned;
  run.failures[1].issue = "DB-7";
  run.failures[1].expired = true;
  run.reproduction = {.runs = 6, .same = {3, 5}, .otherwise = 1};
  const std::string text = batch_run_text(run, 12, true);
  for (const std::string part :
       {"[3/12] ✗ NOT LINEARIZABLE  etcd 3.4.23 register", "Stale read on key k17",
        "returned  etcd:register:cas-register:lost-update:partition\n",
        "new  etcd:register:cas-register:stale-read:partition  the known issue expired: DB-7\n",
        "again in 3 of 5, 60.0 % [23.1 %, 88.2 %]; 1 came to no verdict; 1 failed otherwise\n",
        "report  store/job/2026 & more/report.html\n", "repeat  clew test etcd"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  EXPECT_EQ(batch_run_text(run, 12, false).find_first_of("\x80\xc3\xe2"), std::string::npos);
  EXPECT_EQ(batch_totals_text(everything()).find('\n'), batch_totals_text(everything()).size() - 1);
  EXPECT_TRUE(has(batch_totals_text(everything()), " of shard 1/2: "));
  EXPECT_TRUE(has(batch_totals_text(everything()), "; 2 not run; exit code 1\n"));
}

TEST(Batch, MarkdownFitsHoweverManyRunsFailAndKeepsHostileTextHarmless) {
  Batch batch = everything();
  for (int i = 0; i < 400; ++i)
    batch.runs.push_back(run_of(samples::many_failing(), batch.runs.size() + 1));
  const std::string text = batch_markdown(batch);
  EXPECT_LE(text.size(), std::size_t{60} * 1024);
  EXPECT_TRUE(text.starts_with("## clew test-all night\\|ly.toml\n"));
  EXPECT_TRUE(has(text, " more runs are in batch.jsonl."));
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = !inside;
    if (inside) continue;
    EXPECT_FALSE(line.starts_with("::")) << line;
    for (const std::string bad : {"<script", "<img", "](javascript", "@all"})
      EXPECT_FALSE(has(line, bad)) << line;
  }
}

}  // namespace
}  // namespace clew
