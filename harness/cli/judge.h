#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "checkers/checker.h"
#include "harness/cli/arguments.h"
#include "harness/history.h"
#include "harness/store.h"
#include "reports/results.h"
#include "workloads/workload.h"

namespace clew {

// Runs the workload's checkers over `history` and fills `results`: verdicts,
// tallies, performance, the verdict in one sentence and the exit code. What is
// known about the run (plan, faults, leaders) must be there already.
void judge(Results& results, const History& history, const Workload& workload,
           const CheckOptions& options, const std::stop_token& stop);

// Writes results.json, report.html, junit.xml and summary.md, each atomically.
void write_reports(const RunDir& dir, const Results& results, std::size_t most_bytes);

// Writes the reports and prints the outcome. A report that cannot be written is
// told on stderr and costs exit code 4, but never hides a violation. Returns the
// exit code.
int deliver(const Results& results, const RunDir& dir, const Voice& voice);

// Prints the outcome to stdout: text, or results.json. `run_dir` may be empty.
void print_results(const Results& results, const std::filesystem::path& run_dir,
                   const Voice& voice);

// Whether the locale can show more than ASCII.
bool utf8_locale();

// The plan of a run, as its run.json tells it.
Results results_of(const RunInfo& info);

// The worst of several runs: 1 > 255 > 254 > 4 > 2 > 3 > 0, an interruption above all but a
// violation. A code that is none of these counts as 255.
int worse_exit_code(int a, int b);

}  // namespace clew
