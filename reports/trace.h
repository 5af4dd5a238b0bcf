#pragma once

#include <string>
#include <vector>

#include "harness/fault_record.h"
#include "harness/history.h"

namespace clew {

// A run as a Chrome trace (the JSON object format), which ui.perfetto.dev and
// chrome://tracing open: the clients' operations, the faults, and who led, each on
// tracks of its own. Times are microseconds since the start of the run, with
// nanoseconds behind the point. What never came back lasts until the last event.
std::string chrome_trace(const History& history, const std::vector<FaultRecord>& faults,
                         const std::vector<LeaderSpan>& leaders);

}  // namespace clew
