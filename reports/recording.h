#pragma once

#include <filesystem>

#include "reports/disturbances.h"
#include "reports/node_logs.h"
#include "reports/operations.h"
#include "reports/results.h"

namespace clew {

// What report.html shows beyond results.json: every operation, what the faults did to them, and
// what the servers logged meanwhile.
struct Recording {
  Operations operations{};
  Disturbances disturbances{};
  NodeLogs logs{};
};

Recording make_recording(const History& history, const Results& results);

// Of a run's folder: its history.jsonl and its logs. Empty where there is no history; throws
// UsageError where it is none.
Recording read_recording(const std::filesystem::path& run_dir, const Results& results);

}  // namespace clew
