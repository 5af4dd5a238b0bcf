#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "reports/disturbances.h"
#include "reports/node_logs.h"
#include "reports/operations.h"
#include "reports/results.h"
#include "reports/serve/digest.h"

namespace clew {

// How much of a run is shown. Each leaves out more than the one before it: the values of keys that
// did not fail, the logs, all operations on such keys, all operations. Totals stay.
enum class Detail : std::uint8_t { all, failing_values, no_logs, failing_operations, none };

// What report.html shows beyond results.json: every operation, what the faults did to them, and
// what the servers logged meanwhile.
struct Recording {
  Operations operations{};
  Disturbances disturbances{};
  NodeLogs logs{};
  std::vector<std::string> fixtures{};  // Of each counterexample; see fixtures.h.
  std::vector<Digest> job{};            // This run and those before it, as far as they are kept.
  Detail detail = Detail::all;
};

Recording make_recording(const History& history, const Results& results,
                         Detail detail = Detail::all);

// Of a run's folder: its history.jsonl and its logs. Empty where there is no history; throws
// UsageError where it is none.
Recording read_recording(const std::filesystem::path& run_dir, const Results& results,
                         Detail detail = Detail::all);

}  // namespace clew
