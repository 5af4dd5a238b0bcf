#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/results.h"

namespace clew {

// What the servers of a run wrote, on the run's own clock.
struct LogLine {
  std::string node{};
  Nanos at{};           // Since the start of the run, the node's clock corrected.
  Nanos offset{};       // What was taken off: how much a clock fault had bent it.
  std::string level{};  // "info", "warn", "error", ...; empty where the line does not say.
  std::string text{};
};

struct NodeLogs {
  Nanos from{}, to{};            // What was looked at.
  std::vector<LogLine> lines{};  // By time.
  std::size_t left_out = 0;      // More lines of that stretch.
  std::string missing{};         // Why there is none; empty if there are.
};

// The lines of run_dir/nodes/*/log around the first counterexample, or else around the first
// fault: 5 s before and after, at most `most` lines, the nearest. Lines without a date belong to
// the line before them. `results.zero` must tell what the wall clock said when the run began.
NodeLogs read_node_logs(const std::filesystem::path& run_dir, const Results& results,
                        std::size_t most = 4000);

}  // namespace clew
